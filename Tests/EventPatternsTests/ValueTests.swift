import Testing
@testable import EventPatterns

@Suite("Values of patterns")
struct ValueTests {
    @Test("numbers in millionths", arguments: [
        ("0", 0), ("-0", 0), ("1", 1_000_000), ("1.0", 1_000_000), ("-1.5", -1_500_000), ("3.018e2", 301_800_000), ("3018E-1", 301_800_000), ("0.000001", 1), ("0.0000019", 1),
        ("-4e-8", 0), ("5e9", 5_000_000_000_000_000), ("-5000000000.000000", -5_000_000_000_000_000), ("0.00000000000000000000001e22", 100_000),
        ("4999999999.999999", 4_999_999_999_999_999), ("100000000000000000000e-20", 1_000_000), ("0e999999999999", 0),
    ] as [(String, Int64)])
    func comparable(_ text: String, _ units: Int64) { #expect(ComparableNumber(text)?.units == units) }

    @Test("what is no comparable number", arguments: ["", "-", "x", "1x", "5000000000.000001", "-5000000001", "1e400", "1e", "\"1\"", "1e99999999999999999999", ".", "NaN"])
    func incomparable(_ text: String) { #expect(ComparableNumber(text) == nil) }

    @Test("addresses", arguments: [
        ("10.0.0.1", false, 0, 0x0A00_0001), ("255.255.255.255", false, 0, 0xFFFF_FFFF), ("::", true, 0, 0), ("::1", true, 0, 1), ("1::", true, 0x0001_0000_0000_0000, 0),
        ("2001:db8::ff00:42:8329", true, 0x2001_0DB8_0000_0000, 0x0000_FF00_0042_8329), ("1:2:3:4:5:6:7:8", true, 0x0001_0002_0003_0004, 0x0005_0006_0007_0008),
        ("::ffff:a00:1", false, 0, 0x0A00_0001), ("1:2:3:4:5:6:7::", true, 0x0001_0002_0003_0004, 0x0005_0006_0007_0000),
    ] as [(String, Bool, UInt64, UInt64)])
    func addresses(_ text: String, _ isV6: Bool, _ high: UInt64, _ low: UInt64) {
        let address = IPAddress(text)
        #expect(address?.isV6 == isV6)
        #expect(address?.high == high)
        #expect(address?.low == low)
    }

    @Test("what is no address", arguments: [
        "", "10.0.0", "10.0.0.256", "10.0.0.0.0", "10..0.1", "1.2.3.", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7", "g::", "1:2:3:4:5:6:7:8::",
    ])
    func noAddress(_ text: String) { #expect(IPAddress(text) == nil) }

    @Test("blocks of addresses run from the address as it is written", arguments: [
        ("13.32.0.0/15", "13.32.0.0", "13.33.255.255"), ("54.240.196.171/24", "54.240.196.171", "54.240.196.255"), ("34.192.0.0/12", "34.192.0.0", "34.207.255.255"),
        ("2600:1F14::/35", "2600:1F14::", "2600:1F14:1FFF:FFFF:FFFF:FFFF:FFFF:FFFF"), ("::1/24", "::1", "0:ff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2400:6500:FF00::36FB:1F80/122", "2400:6500:FF00::36FB:1F80", "2400:6500:FF00::36FB:1FBF"), ("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ])
    func blocks(_ cidr: String, _ first: String, _ last: String) throws {
        let range = try AddressRange(cidr: cidr)
        #expect(range.first == IPAddress(first))
        #expect(range.last == IPAddress(last))
    }

    @Test("the complexity of wildcards is the beginnings that one text can match at once")
    func complexity() throws {
        let wildcard = try Wildcard("*:*:*:*:*:event-bus/*")
        #expect(WildcardComplexity.reaches(10, in: [wildcard]))
        #expect(!WildcardComplexity.reaches(11, in: [wildcard]))
        #expect(try !WildcardComplexity.reaches(3, in: [Wildcard("abc*")]))
        #expect(try !WildcardComplexity.reaches(1, in: [Wildcard("abc")]))
    }
}
