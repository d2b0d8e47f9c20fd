import Kernel

extension Table {
    /// Refuses paths into key attributes, which are scalars.
    func checkKeyPaths(_ paths: [DocumentPath]) throws(AWSError) {
        guard paths.contains(where: { !$0.rest.isEmpty }) else { return }
        let nested = paths.filter { !$0.rest.isEmpty }.map(\.attribute)
        func check(_ names: [String], _ what: String) throws(AWSError) {
            for name in names where nested.contains(where: { ByteOrder.equal($0, name) }) {
                throw .validation("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: \(what): \(name)")
            }
        }
        try check(keys.names, "Key")
        for index in indexes { try check(index.keys.names, "IndexKey") }
    }
}
