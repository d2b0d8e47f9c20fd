import Kernel
import Testing
@testable import DynamoDB

@Suite("Transaction tokens")
struct TransactionTokenTests {
    func made(_ seconds: Int64) -> TransactionTokens.Made {
        TransactionTokens.Made(fingerprint: RequestID(high: 1, low: UInt64(seconds)), reads: [], expires: noon + .seconds(seconds))
    }

    @Test("tokens are forgotten in the order in which they expire, whatever the order in which they came")
    func order() {
        var tokens = TransactionTokens()
        for (token, seconds) in [("c", 30), ("a", 90), ("b", 10), ("e\u{301}", 20), ("\u{e9}", 25)] as [(String, Int64)] { tokens.add(token, made(seconds)) }
        // Made again when it had expired.
        tokens.add("b", made(70))
        #expect(tokens.made("e\u{301}", at: noon) == made(20))
        #expect(tokens.made("\u{e9}", at: noon) == made(25))
        #expect(tokens.made("c", at: noon + .seconds(30)) == nil)
        #expect(tokens.nextExpiry == noon + .seconds(60))
        #expect(tokens.expire(at: noon + .seconds(60)) == ["e\u{301}", "\u{e9}", "c"])
        #expect(tokens.expire(at: noon + .seconds(89)) == ["b"])
        #expect(tokens.expire(at: noon + .seconds(90)) == ["a"])
        #expect(tokens.nextExpiry == nil)
    }

    @Test("a snapshot keeps its tokens")
    func snapshot() {
        var tokens = TransactionTokens()
        for number in 0..<500 { tokens.add("token-\(number)", made(Int64(number) + 1)) }
        let snapshot = tokens
        tokens.add("more", made(1))
        #expect(tokens.expire(at: noon + .seconds(400)).count == 401)
        #expect(snapshot.made("token-3", at: noon) == made(4))
        #expect(snapshot.made("more", at: noon) == nil)
        #expect(snapshot.made("token-499", at: noon) == made(500))
        var rest = snapshot
        #expect(rest.expire(at: noon + .seconds(500)).count == 500)
    }
}
