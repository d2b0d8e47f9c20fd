import HTTPServer
import JSON
import Kernel

extension AWSClient {
    /// Tells CloudFormation what became of a custom resource: PUTs the document to the event's address, which carries its own signature.
    /// - Throws: where the address didn't take it.
    public func respond(to event: CustomResourceEvent, with response: CustomResourceResponse) async throws(AWSServiceError) {
        let answer: HTTPResponse
        do throws(HTTPClientError) {
            let (origin, target) = try HTTPOrigin.parse(event.responseURL)
            // The address is signed for an empty type.
            let request = HTTPRequest(method: "PUT", target: target, headers: HTTPHeaders([("Content-Type", "")]), body: response.answer.json())
            answer = try await transport.send(request, to: origin, timeout: .seconds(60))
        } catch {
            throw AWSServiceError(error)
        }
        guard 200..<300 ~= answer.status else {
            throw AWSServiceError(
                code: "RequestFailed", message: "The address of the answer was not pleased: \(String(decoding: answer.body.prefix(200), as: UTF8.self))",
                status: answer.status)
        }
    }
}
