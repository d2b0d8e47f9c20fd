@testable import Kernel
import Testing

@Suite("Lineage")
struct LineageTests {
    @Test("it is read from a trace's header and written into it")
    func header() throws {
        let text = "Root=1-670651f9-1de5c67d67d46ca431286874;Parent=4d055eebb5faad7c;Sampled=0;Lineage=1:bd4cecd5:0"
        let trace = try #require(TraceID(header: text))
        #expect(trace.lineage == Lineage(functions: 1, remembered: 0xBD4C_ECD5, repetitions: 0))
        #expect(trace.header == text)
    }

    @Test("what isn't well-formed is none", arguments: ["", "1:bd4cecd5", "x:bd4cecd5:0", "1:bd4cecd:0", "1:bd4cecd5:256", "0:bd4cecd5:0", "65536:bd4cecd5:0"])
    func malformed(_ text: String) { #expect(TraceID(header: "Root=1-00000001-000000000000000000000002;Lineage=\(text)")?.lineage == nil) }

    @Test("a loop of any length is found, whatever leads into it", arguments: [1, 2, 3, 5, 8], [0, 1, 2, 7])
    func loops(_ length: Int, _ before: Int) {
        var lineage: Lineage?
        var rounds = 0
        for step in 0..<10_000 {
            let name = step < before ? "lead\(step)" : "loop\((step - before) % length)"
            lineage = lineage?.followed(by: name) ?? Lineage(name)
            if step >= before, (step - before) % length == 0 { rounds += 1 }
            if lineage?.repetitions == 16 { break }
        }
        #expect(lineage?.repetitions == 16)
        // The rounds before the one that is counted from.
        #expect(rounds <= 17 + 16 / length + before)
    }

    @Test("a chain without a loop is none, however long")
    func chain() {
        var lineage = Lineage("0")
        for step in 1..<70_000 { lineage = lineage.followed(by: "\(step)") }
        #expect(lineage.repetitions == 0)
        #expect(lineage.functions == .max)
    }
}
