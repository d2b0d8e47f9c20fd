import HTTPServer
import Kernel
import Lambda
import SigV4
import Wire

extension LocalCloud {
    /// Answers a request to a function URL.
    func answer(_ address: FunctionURLAddress, _ request: HTTPRequest, _ responder: HTTPResponder) {
        let call = wire.call(for: request)
        let signer = lambda.functionURL(address)?.authentication == .iam ? signer(of: request, call) : nil
        Task.immediate { @CloudActor in
            switch await lambda.answer(address, request, call, signer: signer) {
            case .whole(let response): send(response, responder)
            case .stream(let head, let body): environment.journal.afterCommit { responder.stream(head, body) }
            }
        }
    }

    /// Where signatures aren't looked at, the request is taken for its access key's.
    private func signer(of request: HTTPRequest, _ call: Call) -> Result<FunctionURLSigner, FunctionURLRefusal> {
        if let verifier {
            do throws(SignatureFailure) {
                try verifier.verify(SignableRequest(request), service: "lambda", now: call.now)
            } catch {
                return .failure(error == .missingToken ? .unsigned : .invalid(error.error(.rest)))
            }
        }
        return .success(FunctionURLSigner(accessKeyID: call.accessKeyID ?? "test", account: call.account))
    }
}
