import JSON
import Kernel
import Synchronization
import Testing
@testable import DynamoDB

@Suite("Expressions kept by their texts")
struct ExpressionCacheTests {
    struct Refused: Error {}

    /// How often each text was parsed.
    final class Parser: Sendable {
        let counts = Mutex<[[UInt8]: Int]>([:])

        func parse(_ text: String) throws(Refused) -> [UInt8] {
            counts.withLock { $0[Array(text.utf8), default: 0] += 1 }
            if text.hasPrefix("!") { throw Refused() }
            return Array(text.utf8)
        }

        func count(_ text: String) -> Int { counts.withLock { $0[Array(text.utf8)] ?? 0 } }
    }

    let cache = ExpressionCache<[UInt8]>()
    let parser = Parser()

    func syntax(_ text: String) -> [UInt8]? { try? cache.syntax(of: text, parse: parser.parse) }

    @Test("a text is parsed once, a wrong one each time")
    func once() {
        for _ in 0..<3 {
            #expect(syntax("a = :a") == Array("a = :a".utf8))
            #expect(syntax("! a") == nil)
        }
        #expect(parser.count("a = :a") == 1)
        #expect(parser.count("! a") == 3)
        #expect(cache.count == 1)
    }

    @Test("texts that Unicode takes for the same are two")
    func equivalence() {
        // The Kelvin sign is equivalent to the letter, and no letter of an expression.
        #expect("K = :a" == "\u{212A} = :a")
        #expect(syntax("K = :a") == Array("K = :a".utf8))
        #expect(syntax("\u{212A} = :a") == Array("\u{212A} = :a".utf8))
        #expect(syntax("K = :a") == Array("K = :a".utf8))
        var attributes = ExpressionAttributes()
        #expect(message { () throws(AWSError) in try attributes.parseProjection("K") } == "(accepted)")
        #expect(message { () throws(AWSError) in try attributes.parseProjection("\u{212A}") }
            == "Invalid ProjectionExpression: Syntax error; token: \"\u{212A}\", near: \"\u{212A}\"")
    }

    @Test("no more are kept than the limit, and no long ones")
    func limits() {
        for number in 0..<(3 * ExpressionCache<[UInt8]>.limit) {
            #expect(syntax("a\(number)") == Array("a\(number)".utf8))
            #expect(cache.count <= ExpressionCache<[UInt8]>.limit)
        }
        let long = String(repeating: "a", count: ExpressionCache<[UInt8]>.textLimit + 1)
        for _ in 0..<2 { #expect(syntax(long)?.count == long.utf8.count) }
        #expect(parser.count(long) == 2)
    }

    @Test("what one kind of expression was parsed as serves the others, whose errors stay their own")
    func kinds() throws {
        var attributes = try ExpressionAttributes(names: nil, values: [":cached": ["N": "1"]])
        for kind in [ExpressionKind.condition, .filter] { _ = try attributes.parseCondition("cached = :cached", kind) }
        _ = try attributes.parseKeyCondition("cached = :cached")
        for _ in 0..<2 {
            for kind in [ExpressionKind.condition, .filter] {
                #expect(message { () throws(AWSError) in try attributes.parseCondition("cached = :undefined", kind) }
                    == "Invalid \(kind.rawValue): An expression attribute value used in expression is not defined; attribute value: :undefined")
            }
        }
    }
}
