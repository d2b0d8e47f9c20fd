import HTTPServer
import Kernel

extension HTTPResponder {
    /// Answers with a head, and a body that comes bit by bit. A body that breaks off breaks the answer off.
    func stream(_ head: HTTPResponse, _ body: Pipe<[UInt8]>) {
        let stream = begin(status: head.status, headers: head.headers)
        body.read { stream.write($0) } end: { end in
            if end == .finished { stream.finish() } else { stream.abort() }
        }
    }
}
