import JSON
import Kernel
import Testing
@testable import Wire

@Suite("Event streams")
struct EventStreamTests {
    static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal.utf8)
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) }
    }

    @Test("an event's bytes are prelude, headers, payload and both sums")
    func encoding() {
        #expect(EventStream.encode(.blob(name: "PayloadChunk", Array("hi".utf8))) == Self.bytes("0000006c0000005ab25efdcf0b3a6576656e742d7479706507000c5061796c6f61644368756e6b0d3a636f6e74656e742d747970650700186170706c69636174696f6e2f6f637465742d73747265616d0d3a6d6573736167652d747970650700056576656e7468691162e469"))
        #expect(EventStream.encode(.structure(name: "InvokeComplete", ["LogResult": "eA=="])) == Self.bytes("0000007800000054c086e18a0b3a6576656e742d7479706507000e496e766f6b65436f6d706c6574650d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b224c6f67526573756c74223a2265413d3d227d183e7bb4"))
        #expect(EventStream.encode(.exception(AWSError("ServiceException", "No", status: 500))) == Self.bytes("0000007e0000005eaf13fd340f3a657863657074696f6e2d7479706507001053657276696365457863657074696f6e0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074696f6e7b226d657373616765223a224e6f227d71afd5a4"))
    }
}
