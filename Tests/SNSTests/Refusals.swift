import JSON
import Kernel
import Testing

extension TestCloud {
    /// What is called within must be refused so; the message is the whole text.
    func refused(
        _ operation: String, _ input: Document, _ code: String, _ message: String, status: Int = 400, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        do {
            try await self(operation, input)
            Issue.record("\(operation) was taken", sourceLocation: sourceLocation)
        } catch let error as AWSError {
            #expect(error.code == code, sourceLocation: sourceLocation)
            #expect(error.message == message, sourceLocation: sourceLocation)
            #expect(error.status == status, sourceLocation: sourceLocation)
        } catch { Issue.record("\(error)", sourceLocation: sourceLocation) }
    }
}
