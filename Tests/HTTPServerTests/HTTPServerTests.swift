@testable import HTTPServer
import Kernel
import Testing

@Suite("HTTP server")
struct HTTPServerTests {
    let host = "Host: a\r\n"

    @Test("a connection carries one request after another, each answered with length, date and no Connection field")
    func keepAlive() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        let first = try client.exchange("POST /a?b HTTP/1.1\r\n\(host)Content-Length: 5\r\n\r\nhello")
        #expect(first.head == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 17\r\n")
        #expect(first.body == "POST /a?b a hello")
        #expect(try client.exchange("GET /2 HTTP/1.1\r\n\(host)\r\n").body == "GET /2 a ")
    }

    @Test("Connection: close and HTTP/1.0 end the connection after the answer, HTTP/1.0 with keep-alive does not")
    func close() async throws {
        let server = try await TestServer()
        for request in ["GET / HTTP/1.1\r\n\(host)Connection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"] {
            let client = try RawClient(port: server.port)
            let response = try client.exchange(request)
            #expect(response.header("Connection") == "close")
            #expect(client.readToEnd() == "" && client.ended)
        }
        let client = try RawClient(port: server.port)
        for _ in 0..<2 {
            #expect(try client.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("Connection") == "keep-alive")
        }
    }

    @Test("pipelined requests are answered in their order, whatever order they are finished in")
    func pipelining() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        client.send("GET /hold/1 HTTP/1.1\r\n\(host)\r\nGET /hold/2 HTTP/1.1\r\n\(host)\r\nGET /3 HTTP/1.1\r\n\(host)\r\n")
        await server.arrival(of: "/hold/2")
        await server.release("/hold/2", "two")
        await server.release("/hold/1", "one")
        #expect(try client.response().body == "one")
        #expect(try client.response().body == "two")
        #expect(try client.response().body == "GET /3 a ")
    }

    @Test("two clients whose requests interleave, byte by byte and unfinished, each get their own answers")
    func interleaved() async throws {
        let server = try await TestServer()
        let (left, right) = (try RawClient(port: server.port), try RawClient(port: server.port))
        for round in 0..<20 {
            let leftText = Array("POST /left\(round) HTTP/1.1\r\nHost: left\r\nContent-Length: 4\r\n\r\nLLLL".utf8)
            let rightText = Array("POST /right\(round) HTTP/1.1\r\nHost: right\r\nContent-Length: 6\r\n\r\nRRRRRR".utf8)
            for index in 0..<max(leftText.count, rightText.count) {
                if index < leftText.count { left.send([leftText[index]]) }
                if index < rightText.count { right.send([rightText[index]]) }
            }
            #expect(try right.response().body == "POST /right\(round) right RRRRRR")
            #expect(try left.response().body == "POST /left\(round) left LLLL")
        }
        left.send("GET /hold/left HTTP/1.1\r\n\(host)\r\n")
        right.send("GET /hold/right HTTP/1.1\r\n\(host)\r\n")
        await server.arrival(of: "/hold/left")
        await server.arrival(of: "/hold/right")
        await server.release("/hold/right", "for right")
        await server.release("/hold/left", "for left")
        #expect(try left.response().body == "for left")
        #expect(try right.response().body == "for right")
    }

    @Test("more pipelined requests than may be in flight wait, and are all answered")
    func boundedPipelining() async throws {
        let server = try await TestServer { $0.maxPipelined = 4 }
        let client = try RawClient(port: server.port)
        client.send("GET /hold/0 HTTP/1.1\r\n\(host)\r\n")
        for number in 1...100 { client.send("GET /\(number) HTTP/1.1\r\n\(host)\r\n") }
        await server.arrival(of: "/hold/0")
        await server.release("/hold/0", "0")
        #expect(try client.response().body == "0")
        for number in 1...100 { #expect(try client.response().body == "GET /\(number) a ") }
    }

    @Test("an answer at a turn's end lets the next request be handled, in the next turn")
    func turnEnd() async throws {
        let server = try await TestServer { $0.maxPipelined = 1 }
        let client = try RawClient(port: server.port)
        client.send("GET /hold/1 HTTP/1.1\r\n\(host)\r\nGET /2 HTTP/1.1\r\n\(host)\r\n")
        await server.arrival(of: "/hold/1")
        await server.releaseAtTurnEnd("/hold/1", "one")
        #expect(try client.response().body == "one")
        #expect(try client.response().body == "GET /2 a ")
        #expect(await server.handled == ["/hold/1", "/2"])
    }

    @Test("a socket of both families serves IPv4 and IPv6 clients", .enabled(if: RawClient.hasIPv6))
    func bothFamilies() async throws {
        let server = try await TestServer()
        let port = try await server.server.listen(host: "::", port: 0)
        for host in ["127.0.0.1", "::1"] {
            let response = try await HTTPClient().send("GET", HTTPOrigin(host: host, port: port).description + "/x")
            #expect(String(decoding: response.body, as: UTF8.self) == "GET /x \(HTTPOrigin(host: host, port: port).authority) ")
        }
    }

    @Test("HEAD gets the head of GET and no body; the handler may state the length it would have had")
    func head() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        #expect(try client.exchange("HEAD /size/300 HTTP/1.1\r\n\(host)\r\n", hasBody: false).header("Content-Length") == "300")
        let stated = try client.exchange("HEAD /length HTTP/1.1\r\n\(host)\r\n", hasBody: false)
        #expect(stated.head == "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nETag: x\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n")
        // For GET the length is the server's to say.
        #expect(try client.exchange("GET /length HTTP/1.1\r\n\(host)\r\n").header("Content-Length") == "0")
        #expect(try client.exchange("GET /next HTTP/1.1\r\n\(host)\r\n").body == "GET /next a ")
    }

    @Test("204 and 304 have neither body nor length; a status that is none becomes 500")
    func bodiless() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        for status in [204, 304] {
            let response = try client.exchange("GET /status/\(status) HTTP/1.1\r\n\(host)\r\n")
            #expect(response.status == status && response.header("Content-Length") == nil)
        }
        #expect(try client.exchange("GET /status/7 HTTP/1.1\r\n\(host)\r\n").status == 500)
    }

    @Test("a client that expects 100-continue is told to go on, in the order of the responses")
    func continues() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        client.send("GET /hold/1 HTTP/1.1\r\n\(host)\r\nPOST /2 HTTP/1.1\r\n\(host)Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        await server.arrival(of: "/hold/1")
        await server.release("/hold/1", "one")
        #expect(try client.response().body == "one")
        #expect(try client.response().status == 100)
        #expect(try client.exchange("ok").body == "POST /2 a ok")
        // A body that is already there needs no invitation.
        #expect(try client.exchange("POST /3 HTTP/1.1\r\n\(host)Expect: 100-continue\r\nContent-Length: 2\r\n\r\nok").body == "POST /3 a ok")
    }

    @Test("a body above the limit gets 413 at its head, and a client still sending reads it")
    func tooLarge() async throws {
        let server = try await TestServer()
        let expecting = try RawClient(port: server.port)
        let refused = try expecting.exchange("POST /small HTTP/1.1\r\n\(host)Expect: 100-continue\r\nContent-Length: 11\r\n\r\n")
        #expect(refused.status == 413 && refused.header("Connection") == "close")
        #expect(refused.body == "The body is larger than 10 bytes.\n")
        let sending = try RawClient(port: server.port)
        sending.send("POST /small HTTP/1.1\r\n\(host)Content-Length: 3000000\r\n\r\n")
        sending.send([UInt8](repeating: 65, count: 3_000_000))
        #expect(try sending.response().status == 413)
        let chunked = try RawClient(port: server.port)
        #expect(try chunked.exchange("POST /small HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nB\r\n").status == 413)
    }

    @Test("a refused request closes the connection, after the answers to those before it")
    func refusal() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        client.send("GET /hold/1 HTTP/1.1\r\n\(host)\r\nGET / HTTP/3.0\r\n\(host)\r\nGET /never HTTP/1.1\r\n\(host)\r\n")
        await server.arrival(of: "/hold/1")
        await server.release("/hold/1", "one")
        #expect(try client.response().body == "one")
        #expect(try client.response().status == 505)
        #expect(client.readToEnd() == "" && client.ended)
    }

    @Test("only the first answer counts, and a dropped responder answers 500")
    func responders() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        #expect(try client.exchange("GET /twice HTTP/1.1\r\n\(host)\r\n").body == "first")
        let dropped = try client.exchange("GET /drop HTTP/1.1\r\n\(host)\r\n")
        #expect(dropped.status == 500 && dropped.body == "The request was not answered.\n")
        #expect(try client.exchange("GET /on HTTP/1.1\r\n\(host)\r\n").body == "GET /on a ")
    }

    @Test("line ends in a header's value can't forge a header or a response")
    func injection() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        let response = try client.exchange("GET /inject HTTP/1.1\r\n\(host)\r\n")
        #expect(response.header("X-Evil") == nil)
        #expect(response.header("X-A") == "1  X-Evil: 2    HTTP/1.1 200 OK")
    }

    @Test("a large body goes both ways whole, though the client is slow to read")
    func large() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port, receiveBuffer: 8192)
        // Several of them pipelined: more than the server keeps unsent, so that it stops reading.
        for _ in 0..<5 { client.send("GET /size/1500000 HTTP/1.1\r\n\(host)\r\n") }
        let expected = String(decoding: (0..<1_500_000).lazy.map { UInt8(ascii: "a") + UInt8($0 % 26) }, as: UTF8.self)
        for _ in 0..<5 { #expect(try client.response().body == expected) }
        client.send("POST /up HTTP/1.1\r\n\(host)Content-Length: 1500000\r\n\r\n" + expected)
        #expect(try client.response().body == "POST /up a " + expected)
    }

    @Test("a client that has finished sending is still answered; the handler hears that it may be gone")
    func halfClose() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        client.send("GET /hold/half HTTP/1.1\r\n\(host)\r\nGET /hold/other HTTP/1.1\r\n\(host)\r\n")
        client.finishSending()
        await server.departure(of: "/hold/half")
        await server.departure(of: "/hold/other")
        #expect(await server.held["/hold/half"]?.isClientGone == true)
        await server.release("/hold/half", "still here")
        await server.release("/hold/other", "and here")
        #expect(try client.response().body == "still here")
        #expect(try client.response().body == "and here")
        #expect(client.readToEnd() == "" && client.ended)
    }

    @Test("the handler hears of a reset, and its late answer reaches nobody")
    func reset() async throws {
        let server = try await TestServer()
        do {
            let client = try RawClient(port: server.port)
            client.send("GET /hold/reset HTTP/1.1\r\n\(host)\r\n")
            await server.arrival(of: "/hold/reset")
            client.reset()
        }
        await server.departure(of: "/hold/reset")
        await server.release("/hold/reset", "nobody")
        let next = try RawClient(port: server.port)
        #expect(try next.exchange("GET /next HTTP/1.1\r\n\(host)\r\n").body == "GET /next a ")
    }

    @Test("a taken port is said to be taken; a name can't be listened on")
    func portTaken() async throws {
        let server = try await TestServer()
        let port = server.port
        await #expect(throws: HTTPServerError.portTaken(host: "127.0.0.1", port: port)) { try await server.server.listen(port: port) }
        #expect(HTTPServerError.portTaken(host: "127.0.0.1", port: 4566).description == "Port 4566 on 127.0.0.1 is already in use by another program.")
        await #expect(throws: HTTPServerError.unknownHost("example.com")) { try await server.server.listen(host: "example.com", port: 0) }
    }

    @Test("beyond the most connections, a client waits until another leaves")
    func connectionCap() async throws {
        let server = try await TestServer { $0.maxConnections = 1 }
        let waiting: RawClient
        do {
            let first = try RawClient(port: server.port)
            #expect(try first.exchange("GET /1 HTTP/1.1\r\n\(host)\r\n").status == 200)
            waiting = try RawClient(port: server.port)
            waiting.send("GET /2 HTTP/1.1\r\n\(host)\r\n")
            #expect(try first.exchange("GET /3 HTTP/1.1\r\n\(host)\r\n").status == 200)
            #expect(await server.server.connectionCount == 1)
        }
        #expect(try waiting.response().body == "GET /2 a ")
    }
}

@Suite("HTTP timeouts and stopping")
struct HTTPTimeTests {
    let host = "Host: a\r\n"

    @Test("a head that trickles in and a body that stops coming get 408; an idle connection is closed")
    func timeouts() async throws {
        // One short timeout for each server: a client that the system doesn't run for a while must not meet another.
        let slowHead = try await TestServer { $0.headTimeout = .milliseconds(20) }
        let head = try RawClient(port: slowHead.port)
        #expect(try head.exchange("GET / HTT").body == "The head of the request did not arrive in time.\n")
        #expect(head.readToEnd() == "" && head.ended)
        let slowBody = try await TestServer { $0.bodyTimeout = .milliseconds(20) }
        let body = try RawClient(port: slowBody.port)
        let response = try body.exchange("POST / HTTP/1.1\r\n\(host)Content-Length: 5\r\n\r\nabc")
        #expect(response.status == 408 && response.body == "The body of the request did not arrive in time.\n")
        let patient = try await TestServer { $0.idleTimeout = .milliseconds(20) }
        let idle = try RawClient(port: patient.port)
        #expect(idle.readToEnd() == "" && idle.ended)
    }

    @Test("a handler may take longer than every timeout")
    func slowHandler() async throws {
        let server = try await TestServer {
            $0.headTimeout = .milliseconds(5)
            $0.bodyTimeout = .milliseconds(5)
            // Long enough that the system runs the client between its connecting and its sending.
            $0.idleTimeout = .seconds(2)
        }
        let client = try RawClient(port: server.port)
        client.send("GET /hold/slow HTTP/1.1\r\n\(host)\r\n")
        await server.arrival(of: "/hold/slow")
        // Another connection, opened later, has come to the end of its time.
        let idle = try RawClient(port: server.port)
        #expect(idle.readToEnd() == "")
        await server.release("/hold/slow", "done")
        #expect(try client.response().body == "done")
    }

    @Test("a client that takes nothing of what is written to it is cut off")
    func writeTimeout() async throws {
        let server = try await TestServer { $0.writeTimeout = .milliseconds(30) }
        let client = try RawClient(port: server.port, receiveBuffer: 4096)
        client.send("GET /hold/big HTTP/1.1\r\n\(host)\r\n")
        await server.arrival(of: "/hold/big")
        await server.release("/hold/big", String(repeating: "x", count: 16 << 20))
        while await server.server.connectionCount > 0 { await Task.yield() }
        #expect(client.readToEnd().utf8.count < 16 << 20)
    }

    @Test("stopping answers what is in flight with Connection: close, closes idle connections, and accepts nothing more")
    func gracefulStop() async throws {
        let server = try await TestServer()
        let (idle, busy) = (try RawClient(port: server.port), try RawClient(port: server.port))
        #expect(try idle.exchange("GET / HTTP/1.1\r\n\(host)\r\n").status == 200)
        busy.send("GET /hold/busy HTTP/1.1\r\n\(host)\r\n")
        await server.arrival(of: "/hold/busy")
        let stopped = await server.server.beginShutdown()
        #expect(idle.readToEnd() == "" && idle.ended)
        #expect(throws: (any Error).self) { try RawClient(port: server.port) }
        await server.release("/hold/busy", "finished")
        let response = try busy.response()
        #expect(response.body == "finished" && response.header("Connection") == "close")
        #expect(busy.readToEnd() == "" && busy.ended)
        busy.finishSending()
        await stopped.value
        #expect(await server.server.connectionCount == 0)
    }

    @Test("stopping cuts off at its deadline what never finishes")
    func stopDeadline() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        client.send("GET /hold/ever HTTP/1.1\r\n\(host)\r\n")
        await server.arrival(of: "/hold/ever")
        await server.server.shutdown(within: .milliseconds(10))
        #expect(client.readToEnd() == "" && client.ended)
        #expect(await server.gone == ["/hold/ever"])
    }
}
