/// How often a trace has led to functions: what tells an endless loop from a long chain. Functions pass it on in the trace's header, as AWS's do:
/// `Lineage=3:bd4cecd5:1` stands for three functions so far, of which the one with that hash is remembered and has come again once.
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
package struct Lineage: Hashable, Sendable {
    /// How many functions have run.
    package var functions: UInt16
    /// The one that is remembered.
    package var remembered: UInt32
    /// How often that one has run again.
    package var repetitions: UInt8

    package init(functions: UInt16, remembered: UInt32, repetitions: UInt8) {
        self.functions = functions
        self.remembered = remembered
        self.repetitions = repetitions
    }

    /// The first function of a trace.
    package init(_ arn: String) { self.init(functions: 1, remembered: Self.hash(arn), repetitions: 0) }

    /// With another function at its end. Which one is remembered changes after two, four, eight ... functions until it comes again, so that a loop is
    /// found whatever leads into it.
    package func followed(by arn: String) -> Lineage {
        var next = self
        next.functions = functions == .max ? .max : functions + 1
        let hash = Self.hash(arn)
        if hash == remembered {
            next.repetitions = repetitions == .max ? .max : repetitions + 1
        } else if repetitions == 0, next.functions & (next.functions - 1) == 0 {
            next.remembered = hash
        }
        return next
    }

    /// FNV-1a.
    private static func hash(_ text: String) -> UInt32 { text.utf8.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 } }

    /// `1:bd4cecd5:0`
    package var text: String { "\(functions):\(Hex.text(UInt64(remembered), digits: 8)):\(repetitions)" }

    init?(_ text: Substring) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let functions = UInt16(parts[0]), functions > 0, let hash = Hex.number(parts[1], digits: 8), let repetitions = UInt8(parts[2])
        else { return nil }
        self.init(functions: functions, remembered: UInt32(truncatingIfNeeded: hash), repetitions: repetitions)
    }
}
