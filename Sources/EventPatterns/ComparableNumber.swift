/// A number as AWS's rule engine compares it: millionths in 64 bits, from -5,000,000,000 to 5,000,000,000 inclusive.
/// Further decimals don't count. Numbers beyond that range are only ever equal by their text.
struct ComparableNumber: Comparable, Sendable {
    /// Millionths.
    let units: Int64

    static let limit: Int64 = 5_000_000_000_000_000
    static let lowest = ComparableNumber(units: -limit)
    static let highest = ComparableNumber(units: limit)

    private init(units: Int64) { self.units = units }

    /// - Parameter text: a number as JSON writes it; `nil` where it isn't one or lies beyond the range.
    init?(_ text: String) {
        var reading = Reading()
        let isNumber = text.utf8.withContiguousStorageIfAvailable { reading.read($0) } ?? Array(text.utf8).withUnsafeBufferPointer { reading.read($0) }
        guard isNumber, let units = reading.units, units >= -Self.limit, units <= Self.limit else { return nil }
        self.units = units
    }

    static func < (left: ComparableNumber, right: ComparableNumber) -> Bool { left.units < right.units }

    /// The significant digits and where the decimal point stands among them.
    private struct Reading {
        private var isNegative = false
        private var digits: Int64 = 0
        /// Digits after the point that `digits` holds, less those before it that it left out.
        private var scale = 0
        private var exponent = 0

        /// Answers whether all of it is a number.
        mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
            var index = 0
            var count = 0
            if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
                isNegative = bytes[index] == UInt8(ascii: "-")
                index += 1
            }
            var isAfterPoint = false
            while index < bytes.count {
                let byte = bytes[index]
                if byte == UInt8(ascii: "."), !isAfterPoint {
                    isAfterPoint = true
                } else if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
                    count += 1
                    add(Int64(byte &- UInt8(ascii: "0")), isAfterPoint: isAfterPoint)
                } else {
                    break
                }
                index += 1
            }
            guard count > 0 else { return false }
            guard index < bytes.count else { return true }
            guard bytes[index] | 0x20 == UInt8(ascii: "e") else { return false }
            return readExponent(bytes, from: index + 1)
        }

        private mutating func add(_ digit: Int64, isAfterPoint: Bool) {
            // Seventeen digits hold every value in range to the millionth; what follows only moves the point.
            if digits < 100_000_000_000_000_000 {
                digits = digits * 10 + digit
                if isAfterPoint { scale += 1 }
            } else if !isAfterPoint {
                scale -= 1
            }
        }

        private mutating func readExponent(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
            var index = start
            var isNegative = false
            if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
                isNegative = bytes[index] == UInt8(ascii: "-")
                index += 1
            }
            guard index < bytes.count else { return false }
            while index < bytes.count {
                guard bytes[index] >= UInt8(ascii: "0"), bytes[index] <= UInt8(ascii: "9") else { return false }
                if exponent < 1_000_000 { exponent = exponent * 10 + Int(bytes[index] &- UInt8(ascii: "0")) }
                index += 1
            }
            if isNegative { exponent = -exponent }
            return true
        }

        /// Millionths; `nil` where they don't fit.
        var units: Int64? {
            var value = digits
            guard value != 0 else { return 0 }
            var shift = exponent + 6 - scale
            while shift > 0 {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                guard !overflow else { return nil }
                value = product
                shift -= 1
            }
            while shift < 0, value != 0 {
                value /= 10
                shift += 1
            }
            return isNegative ? -value : value
        }
    }
}
