import EventLoop
@testable import HTTPServer
import Kernel
import Testing

@Suite("HTTP answers written bit by bit")
struct ResponseStreamTests {
    let host = "Host: a\r\n"
    let head = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nTransfer-Encoding: chunked\r\n\r\n"

    func get(_ path: String, _ fields: String = "", _ method: String = "GET") -> String { "\(method) \(path) HTTP/1.1\r\n\(host)\(fields)\r\n" }

    @Test("pieces leave as chunks while the answer goes on, trailer fields behind them, and the connection carries on")
    func chunks() async throws {
        let server = try await StreamServer()
        let client = try RawClient(port: server.port)
        client.send(get("/hold/1"))
        await server.begin("/hold/1", status: 201, [("Content-Type", "text/plain"), ("Trailer", "X-Sum"), ("Content-Length", "7"), ("Transfer-Encoding", "gzip")])
        #expect(client.read(through: "\r\n\r\n") == """
            HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nTrailer: X-Sum\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nTransfer-Encoding: chunked\r\n\r\n
            """)
        await server.write("/hold/1", "hello")
        #expect(client.read(through: "hello\r\n") == "5\r\nhello\r\n")
        await server.write("/hold/1", "")
        await server.write("/hold/1", "0123456789abcdef")
        #expect(client.read(through: "def\r\n") == "10\r\n0123456789abcdef\r\n")
        await server.finish("/hold/1", [("X-Sum", "a\r\nX-Evil: 1"), ("Content-Length", "5")])
        #expect(client.read(through: "\r\n\r\n") == "0\r\nX-Sum: a  X-Evil: 1\r\n\r\n")
        #expect(try client.exchange(get("/next")).body == "GET /next ")
    }

    @Test("answers written bit by bit keep the order of pipelined requests, whichever is written first")
    func pipelining() async throws {
        let server = try await StreamServer()
        let client = try RawClient(port: server.port)
        client.send(get("/hold/1") + get("/hold/2") + get("/hold/3") + get("/4"))
        await server.begin("/hold/2")
        await server.write("/hold/2", "two")
        await server.begin("/hold/3")
        await server.write("/hold/3", "three")
        await server.finish("/hold/3", [("T", "3")])
        #expect(await server.unsent("/hold/2") == 3)
        await server.begin("/hold/1")
        await server.write("/hold/1", "one")
        #expect(client.read(through: "one\r\n") == head + "3\r\none\r\n")
        await server.finish("/hold/1")
        #expect(client.read(through: "two\r\n") == "0\r\n\r\n" + head + "3\r\ntwo\r\n")
        await server.write("/hold/2", "more")
        #expect(client.read(through: "more\r\n") == "4\r\nmore\r\n")
        await server.finish("/hold/2")
        #expect(client.read(through: "three\r\n") == "0\r\n\r\n" + head + "5\r\nthree\r\n")
        #expect(client.read(through: "\r\n\r\n") == "0\r\nT: 3\r\n\r\n")
        #expect(try client.response().body == "GET /4 ")
    }

    @Test("a client of HTTP/1.0 gets the body up to the connection's end, and one that asks for the end gets it")
    func untilClose() async throws {
        let server = try await StreamServer()
        let old = try RawClient(port: server.port)
        old.send("GET /hold/old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        await server.begin("/hold/old")
        await server.write("/hold/old", "body")
        await server.finish("/hold/old", [("T", "1")])
        #expect(old.readToEnd() == "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: close\r\n\r\nbody")
        #expect(old.ended && !old.wasReset)
        let closing = try RawClient(port: server.port)
        closing.send(get("/hold/closing", "Connection: close\r\n") + get("/never"))
        await server.begin("/hold/closing")
        await server.finish("/hold/closing")
        #expect(closing.readToEnd() == head.replacing("\r\n\r\n", with: "\r\nConnection: close\r\n\r\n") + "0\r\n\r\n")
    }

    @Test("a handler's Connection: close ends the connection behind its answer and drops later requests")
    func handlerCloses() async throws {
        let server = try await StreamServer()
        let client = try RawClient(port: server.port)
        client.send(get("/hold/1") + get("/hold/2"))
        await server.wait(for: "arrived /hold/2")
        await server.begin("/hold/2")
        await server.begin("/hold/1", [("Connection", "close")])
        await server.wait(for: "gone /hold/2")
        await server.write("/hold/1", "x")
        await server.finish("/hold/1")
        #expect(client.readToEnd().hasSuffix("Connection: close\r\n\r\n1\r\nx\r\n0\r\n\r\n"))
    }

    @Test("HEAD, 204 and 304 have no body, whatever is written")
    func bodiless() async throws {
        let server = try await StreamServer()
        let client = try RawClient(port: server.port)
        client.send(get("/hold/head", "", "HEAD"))
        await server.begin("/hold/head")
        #expect(client.read(through: "\r\n\r\n") == head)
        await server.write("/hold/head", "nothing")
        await server.finish("/hold/head")
        for status in [204, 304] {
            client.send(get("/hold/\(status)"))
            await server.begin("/hold/\(status)", status: status)
            await server.write("/hold/\(status)", "nothing")
            await server.finish("/hold/\(status)")
            let response = try client.response()
            #expect(response.status == status && response.header("Transfer-Encoding") == nil)
        }
        #expect(try client.exchange(get("/next")).body == "GET /next ")
    }

    @Test("an answer that is broken off or dropped ends without its end; for HTTP/1.0 by a reset")
    func broken() async throws {
        let server = try await StreamServer()
        for path in ["/hold/aborted", "/hold/dropped"] {
            let client = try RawClient(port: server.port)
            client.send(get("/before") + get(path) + get("/hold/after" + path.dropFirst(5)))
            await server.wait(for: "arrived /hold/after" + path.dropFirst(5))
            await server.begin(path)
            await server.write(path, "half")
            if path == "/hold/aborted" { await server.abort(path) } else { await server.drop(path) }
            #expect(try client.response().body == "GET /before ")
            #expect(client.readToEnd() == head + "4\r\nhalf\r\n")
            #expect(client.ended)
        }
        let old = try RawClient(port: server.port)
        old.send("GET /hold/old HTTP/1.0\r\n\r\n")
        await server.begin("/hold/old")
        await server.write("/hold/old", "half")
        #expect(old.read(through: "half").hasSuffix("half"))
        await server.abort("/hold/old")
        #expect(old.readToEnd() == "" && old.wasReset)
    }

    @Test("whoever writes sees what is unsent, and is told when the client has taken it: memory stays bounded")
    func backpressure() async throws {
        let server = try await StreamServer()
        let client = try RawClient(port: server.port, receiveBuffer: 8192)
        client.send(get("/hold/big"))
        await server.begin("/hold/big")
        await server.noteDrained("/hold/big")
        await server.wait(for: "drained /hold/big")
        await server.pour("/hold/big", piece: 5000)
        _ = client.read(through: "\r\n\r\n")
        let chunk = "1388\r\n" + String(repeating: "x", count: 5000) + "\r\n"
        for _ in 0..<2000 { #expect(client.read(through: "x\r\n") == chunk) }
        #expect(await server.most <= 256 << 10 + 5100)
        client.reset()
        await server.wait(for: "gone /hold/big")
        #expect(await server.unsent("/hold/big") == 0)
        await server.write("/hold/big", "nobody")
        await server.finish("/hold/big")
    }

    @Test("a client that takes nothing is cut off, though more is written all the time")
    func stuckClient() async throws {
        let server = try await StreamServer { $0.writeTimeout = .milliseconds(50) }
        let client = try RawClient(port: server.port, receiveBuffer: 4096)
        client.send(get("/hold/stuck"))
        await server.begin("/hold/stuck")
        await server.write("/hold/stuck", String(repeating: "x", count: 8 << 20))
        while await server.server.connectionCount > 0 {
            await server.write("/hold/stuck", "more")
            await Task.yield()
        }
        #expect(await server.events.contains("gone /hold/stuck"))
        #expect(client.readToEnd().utf8.count < 8 << 20)
    }

    @Test("a stream may be silent longer than every timeout, and the owner hears when the client leaves")
    func silence() async throws {
        let server = try await StreamServer {
            $0.headTimeout = .milliseconds(5)
            $0.bodyTimeout = .milliseconds(5)
            $0.writeTimeout = .milliseconds(5)
        }
        let client = try RawClient(port: server.port)
        client.send(get("/hold/slow"))
        await server.begin("/hold/slow")
        #expect(client.read(through: "\r\n\r\n") == head)
        // A connection opened later has come to the end of its time.
        let other = try RawClient(port: server.port)
        #expect(try other.exchange("GET / HTT").status == 408)
        #expect(other.readToEnd() == "")
        await server.write("/hold/slow", "still")
        #expect(client.read(through: "still\r\n") == "5\r\nstill\r\n")
        client.finishSending()
        await server.wait(for: "gone /hold/slow")
        await server.finish("/hold/slow")
        #expect(client.readToEnd() == "0\r\n\r\n")
    }

    @Test("stopping lets a stream come to its end; at the deadline it is cut off")
    func stopping() async throws {
        let server = try await StreamServer()
        let client = try RawClient(port: server.port)
        client.send(get("/hold/1"))
        await server.begin("/hold/1")
        let stopped = await server.server.beginShutdown()
        #expect(client.read(through: "\r\n\r\n") == head)
        await server.write("/hold/1", "last")
        await server.finish("/hold/1")
        #expect(client.readToEnd() == "4\r\nlast\r\n0\r\n\r\n")
        client.finishSending()
        await stopped.value
        let second = try await StreamServer()
        let cut = try RawClient(port: second.port)
        cut.send(get("/hold/2"))
        await second.begin("/hold/2")
        await second.server.shutdown(within: .milliseconds(10))
        #expect(cut.readToEnd() == head && cut.ended)
        #expect(await second.events.contains("gone /hold/2"))
    }
}

@Suite("HTTP bodies taken in pieces")
struct BodyReceiverTests {
    let host = "Host: a\r\n"
    let chunked = "Transfer-Encoding: chunked\r\n"

    func post(_ path: String, _ fields: String) -> String { "POST \(path) HTTP/1.1\r\n\(host)\(fields)\r\n" }

    @Test("pieces come as they arrive, trailer fields at the end; requests behind it wait their turn")
    func pieces() async throws {
        let server = try await StreamServer { $0.maxPipelined = 1 }
        let client = try RawClient(port: server.port)
        client.send(post("/take/1", chunked))
        await server.wait(for: "arrived /take/1")
        client.send("3\r\nabc\r\n")
        await server.wait(for: "/take/1 has 3")
        client.send("2;x=y\r\nd")
        await server.wait(for: "/take/1 has 4")
        client.send("e\r\n0\r\nLambda-Runtime-Function-Error-Type: Runtime.Oops\r\nB:  2 \r\n\r\n" + "GET /next HTTP/1.1\r\n\(host)\r\n")
        #expect(try client.response().body == "abcde [Lambda-Runtime-Function-Error-Type=Runtime.Oops;B=2]")
        #expect(try client.response().body == "GET /next ")
        #expect(try client.exchange(post("/take/2", "Content-Length: 4\r\n") + "full").body == "full []")
        // Without a body there is nothing to take in pieces.
        #expect(try client.exchange(post("/take/3", "")).body == "POST /take/3 ")
    }

    @Test("a body beyond every limit passes through")
    func large() async throws {
        let server = try await StreamServer()
        let client = try RawClient(port: server.port)
        client.send(post("/take/big", "Content-Length: 20000000\r\n"))
        client.send([UInt8](repeating: 65, count: 20_000_000))
        #expect(try client.response().body == "20000000 bytes []")
        client.send(post("/take/chunked", chunked) + "1312D00\r\n")
        client.send([UInt8](repeating: 65, count: 20_000_000))
        #expect(try client.exchange("\r\n0\r\n\r\n").body == "20000000 bytes []")
    }

    @Test("a client that expects 100-continue is told to go on; an answer instead of it ends the connection")
    func continues() async throws {
        let server = try await StreamServer()
        let client = try RawClient(port: server.port)
        #expect(try client.exchange(post("/take/1", "Expect: 100-continue\r\n" + chunked)).status == 100)
        #expect(try client.exchange("2\r\nok\r\n0\r\n\r\n").body == "ok []")
        let refused = try client.exchange(post("/take/refused", "Expect: 100-continue\r\n" + chunked))
        #expect(refused.status == 409 && refused.header("Connection") == "close")
        await server.wait(for: "failed /take/refused: The connection is closed by an answer.")
        client.send("2\r\nok\r\n0\r\n\r\n")
        #expect(client.readToEnd() == "" && client.ended)
    }

    @Test("an answer before the body's end leaves at once, and the rest is still taken; Connection: close ends it")
    func earlyAnswer() async throws {
        let server = try await StreamServer()
        let client = try RawClient(port: server.port)
        client.send(post("/take/refused", chunked) + "2\r\nab\r\n")
        let early = try client.response()
        #expect(early.status == 409 && early.header("Connection") == nil)
        client.send("2\r\ncd\r\n0\r\n\r\n")
        await server.wait(for: "ended /take/refused []")
        #expect(await server.bodies["/take/refused"]?.bytes == Array("abcd".utf8))
        #expect(try client.exchange("GET /next HTTP/1.1\r\n\(host)\r\n").body == "GET /next ")
        client.send(post("/take/enough", "Content-Length: 3000000\r\n"))
        client.send([UInt8](repeating: 65, count: 3_000_000))
        let enough = try client.response()
        #expect(enough.status == 413 && enough.header("Connection") == "close")
        await server.wait(for: "failed /take/enough: The connection is closed by an answer.")
        #expect(client.readToEnd() == "" && client.ended)
    }

    @Test("answer and body may be under way at once")
    func bothWays() async throws {
        let server = try await StreamServer()
        let client = try RawClient(port: server.port)
        client.send(post("/take/both", chunked) + "1\r\na\r\n")
        await server.begin("/take/both")
        await server.write("/take/both", "first")
        #expect(client.read(through: "first\r\n").hasSuffix("\r\n\r\n5\r\nfirst\r\n"))
        client.send("1\r\nb\r\n0\r\n\r\n")
        await server.wait(for: "ended /take/both []")
        await server.finish("/take/both")
        #expect(client.read(through: "0\r\n\r\n") == "0\r\n\r\n")
        #expect(try client.exchange("GET /next HTTP/1.1\r\n\(host)\r\n").body == "GET /next ")
    }

    @Test("a body can be held back: the client is read no further until it is wanted again")
    func holding() async throws {
        let server = try await StreamServer()
        let client = try RawClient(port: server.port)
        client.send(post("/take/held", chunked) + "1\r\na\r\n")
        await server.wait(for: "/take/held has 1")
        client.send("1\r\nb\r\n0\r\n\r\n")
        // Another client's whole exchange: the server has had its chance to read.
        #expect(try RawClient(port: server.port).exchange("GET /other HTTP/1.1\r\n\(host)\r\n").body == "GET /other ")
        #expect(await server.bodies["/take/held"]?.bytes == [97])
        await server.bodies["/take/held"]?.responder?.resumeBody()
        #expect(try client.response().body == "ab []")
    }

    @Test("malformed chunks and trailers fail the body and are answered 400", arguments: [
        ("x\r\n", "A chunk's size is not a hexadecimal number."), ("1\r\nabc", "A chunk is longer than it says."),
        ("0\r\nContent-Length: 3\r\n\r\n", "A trailer field may not be about the message's framing."),
        ("0\r\nTransfer-Encoding: chunked\r\n\r\n", "A trailer field may not be about the message's framing."),
        ("0\r\nno colon\r\n\r\n", "A header field's name is malformed."), ("0\r\nHost: b\r\n\r\n", "A trailer field may not be about the message's framing."),
    ])
    func malformed(_ body: String, _ reason: String) async throws {
        let server = try await StreamServer()
        let client = try RawClient(port: server.port)
        let response = try client.exchange(post("/take/bad", chunked) + "2\r\nok\r\n" + body)
        #expect(response.status == 400 && response.body == reason + "\n" && response.header("Connection") == "close")
        #expect(await server.events.last == "failed /take/bad: \(reason)")
        #expect(client.readToEnd() == "" && client.ended)
        // An answer that was begun is broken off instead.
        let begun = try RawClient(port: server.port)
        begun.send(post("/take/begun", chunked))
        await server.begin("/take/begun")
        begun.send(body)
        let text = begun.readToEnd()
        #expect(text.hasPrefix("HTTP/1.1 200 OK") && text.hasSuffix("\r\n\r\n") && !text.hasSuffix("0\r\n\r\n"))
    }

    @Test("a client that leaves or ends in the middle of its body fails it")
    func gone() async throws {
        let server = try await StreamServer()
        do {
            let client = try RawClient(port: server.port)
            client.send(post("/take/reset", chunked) + "5\r\nab")
            await server.wait(for: "/take/reset has 2")
            client.reset()
        }
        await server.wait(for: "failed /take/reset: The connection was closed before the body was complete.")
        let half = try RawClient(port: server.port)
        half.send(post("/take/half", chunked) + "5\r\nab")
        half.finishSending()
        await server.wait(for: "failed /take/half: The client ended its request before the body was complete.")
        #expect(half.readToEnd().contains("500 Internal Server Error"))
    }

    @Test("a body may pause for longer than the timeout; stopping waits for it")
    func patience() async throws {
        let server = try await StreamServer { $0.bodyTimeout = .milliseconds(5) }
        let client = try RawClient(port: server.port)
        client.send(post("/take/slow", chunked) + "1\r\na\r\n")
        await server.wait(for: "/take/slow has 1")
        let other = try RawClient(port: server.port)
        #expect(try other.exchange(post("/", "Content-Length: 5\r\n")).status == 408)
        let idle = try RawClient(port: server.port)
        #expect(try idle.exchange("GET / HTTP/1.1\r\n\(host)\r\n").status == 200)
        let stopped = await server.server.beginShutdown()
        #expect(idle.readToEnd() == "" && other.readToEnd() == "")
        client.send("1\r\nb\r\n0\r\n\r\n")
        let response = try client.response()
        #expect(response.body == "ab []" && response.header("Connection") == "close")
        client.finishSending()
        other.finishSending()
        await stopped.value
    }
}

@Suite("HTTP client: bodies written bit by bit")
struct RequestStreamTests {
    /// The response, when it is there.
    func send(_ request: HTTPRequest, to origin: HTTPOrigin, _ client: HTTPClient, timeout: Duration? = nil, _ write: @CloudActor (HTTPRequestStream) async -> Void) async
        -> Result<HTTPResponse, HTTPClientError>
    {
        let (results, continuation) = AsyncStream.makeStream(of: Result<HTTPResponse, HTTPClientError>.self)
        do {
            let stream = await client.begin(request, to: origin, timeout: timeout) { continuation.yield($0) }
            await write(stream)
        }
        for await result in results { return result }
        return .failure(.cancelled)
    }

    @Test("a body goes out in chunks as it is written, with trailer fields, and the connection is used again")
    func chunks() async throws {
        let server = try await StreamServer()
        let client = await HTTPClient()
        let origin = HTTPOrigin(host: "127.0.0.1", port: server.port)
        let request = HTTPRequest(method: "POST", target: "/take/up", headers: HTTPHeaders([("Trailer", "T")]), body: Array("first,".utf8))
        let result = await send(request, to: origin, client) { stream in
            await server.wait(for: "/take/up has 6")
            stream.write(Array("second".utf8))
            await server.wait(for: "/take/up has 12")
            stream.write([])
            stream.finish(trailers: HTTPHeaders([("T", "1")]))
            stream.write(Array("never".utf8))
        }
        #expect(try String(decoding: result.get().body, as: UTF8.self) == "first,second [T=1]")
        #expect(await client.idleConnectionCount == 1)
    }

    @Test("whoever writes much is told when the server has taken it")
    func backpressure() async throws {
        let server = try await StreamServer()
        let client = await HTTPClient()
        let result = await send(HTTPRequest(method: "POST", target: "/take/up"), to: HTTPOrigin(host: "127.0.0.1", port: server.port), client) { stream in
            var most = 0
            for _ in 0..<100 {
                stream.write([UInt8](repeating: 66, count: 100_000))
                most = max(most, stream.unsent)
                await withCheckedContinuation { continuation in stream.onDrained { continuation.resume() } }
            }
            #expect(most <= 200_000)
            stream.finish()
        }
        #expect(try String(decoding: result.get().body, as: UTF8.self) == "10000000 bytes []")
    }

    @Test("a response before the body's end ends the request; a dropped stream cancels it; an absent server is said to be absent")
    func ends() async throws {
        let server = try await StreamServer()
        let client = await HTTPClient()
        let origin = HTTPOrigin(host: "127.0.0.1", port: server.port)
        let early = await send(HTTPRequest(method: "POST", target: "/take/refused", body: [1]), to: origin, client) { _ in await server.wait(for: "arrived /take/refused") }
        #expect(try early.get().status == 409)
        #expect(await client.idleConnectionCount == 0)
        let dropped = await send(HTTPRequest(method: "POST", target: "/take/dropped", body: [1]), to: origin, client) { _ in }
        #expect(throws: HTTPClientError.cancelled) { try dropped.get() }
        await server.server.shutdown(within: .zero)
        let absent = await send(HTTPRequest(method: "POST", target: "/take/x"), to: origin, client) { $0.finish() }
        #expect(throws: HTTPClientError.cannotConnect(origin, reason: "connect: Connection refused")) { try absent.get() }
    }
}
