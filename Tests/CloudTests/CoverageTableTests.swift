@testable import Cloud
import Foundation
import Kernel
import Testing

/// The tables in the services' READMEs name exactly the operations that the code has.
@CloudActor
@Suite("Coverage tables")
struct CoverageTableTests {
    /// Folder under `Sources/` and the endpoints that it holds.
    nonisolated static let services = [
        ("DynamoDB", ["dynamodb", "dynamodbstreams"]), ("Lambda", ["lambda"]), ("APIGateway", ["apigateway"]), ("CloudWatchLogs", ["logs"]), ("SES", ["ses"]), ("SNS", ["sns"]), ("SQS", ["sqs"]),
    ]

    @Test("a README's operations are the code's", arguments: services)
    func tables(_ folder: String, _ endpoints: [String]) throws {
        let cloud = try LocalCloud()
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let readme = try String(contentsOf: root.appending(path: "Sources/\(folder)/README.md"), encoding: .utf8)
        let listed = Self.operations(in: readme)
        let built = endpoints.flatMap { name in (cloud.environment.endpoints[name]?.operations.keys).map(Array.init) ?? [] }
        #expect(Set(built).subtracting(listed).sorted() == [], "missing in the README")
        #expect(Set(listed).subtracting(built).sorted() == [], "not in the code")
    }

    /// The names in the first column of every table that is headed `operation`.
    nonisolated static func operations(in readme: String) -> [String] {
        var names: [String] = []
        var isInside = false
        for line in readme.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("|") else {
                isInside = false
                continue
            }
            let first = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().first?.trimmingCharacters(in: .whitespaces) ?? ""
            if first.lowercased() == "operation" || first.lowercased() == "operations" {
                isInside = true
            } else if isInside {
                let words = first.replacingOccurrences(of: "`", with: "").components(separatedBy: ", ")
                names += words.filter { $0.wholeMatch(of: /[A-Z][A-Za-z]+/) != nil }
            }
        }
        return names
    }
}
