/// Messages that list names list some of them in the order of a Java `HashSet`, as recorded.
enum JavaHashSet {
    static func order(_ names: [String]) -> [String] {
        var buckets = 16
        while names.count * 4 > buckets * 3 { buckets *= 2 }
        let placed = names.enumerated().map { (bucket: bucket($0.element, of: buckets), number: $0.offset, name: $0.element) }
        return placed.sorted { ($0.bucket, $0.number) < ($1.bucket, $1.number) }.map(\.name)
    }

    private static func bucket(_ name: String, of buckets: Int) -> Int {
        var hash: UInt32 = 0
        for unit in name.utf16 { hash = hash &* 31 &+ UInt32(unit) }
        return Int((hash ^ (hash >> 16)) & UInt32(buckets - 1))
    }
}
