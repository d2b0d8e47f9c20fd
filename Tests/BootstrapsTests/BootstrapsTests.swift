import Testing

@testable import Bootstraps

@Suite("Bootstraps")
struct BootstrapsTests {
    @Test("each is a text with a name of its own")
    func texts() throws {
        #expect(Bootstrap.all.map(\.fileName) == ["bootstrap.py", "bootstrap2.py", "bootstrap.cjs"])
        for bootstrap in Bootstrap.all {
            let text = try #require(String(validating: bootstrap.bytes, as: UTF8.self))
            #expect(text.contains("/2018-06-01/runtime"))
        }
    }
}
