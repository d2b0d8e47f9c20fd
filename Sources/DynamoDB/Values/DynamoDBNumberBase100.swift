/// A number as bytes whose order is the numbers': an exponent of a hundred with the sign, then pairs of digits. AWS hashes partition keys that are numbers in this
/// form, as recorded of the order of its scans.
extension DynamoDBNumber {
    package var base100: [UInt8] {
        guard !isZero else { return [0x80] }
        var digits = decimalDigits
        // The first pair begins at an even power of ten.
        let exponent = magnitude + 1
        if exponent & 1 != 0 { digits.insert(0, at: 0) }
        if digits.count & 1 != 0 { digits.append(0) }
        let first = UInt8(truncatingIfNeeded: (exponent + (exponent & 1)) / 2 - 64)
        var bytes = [isNegative ? ~first : first]
        for index in stride(from: 0, to: digits.count, by: 2) {
            let pair = digits[index] * 10 + digits[index + 1]
            bytes.append(isNegative ? 101 - pair : pair + 1)
        }
        // So that a shorter negative number comes after those that it begins.
        if isNegative, bytes.count <= 20 { bytes.append(102) }
        return bytes
    }

    /// The coefficient's digits, the first one first.
    private var decimalDigits: [UInt8] {
        var digits: [UInt8] = []
        var rest = coefficient
        while rest > 0 {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
            digits.append(UInt8(truncatingIfNeeded: remainder))
            rest = quotient
        }
        return digits.reversed()
    }
}
