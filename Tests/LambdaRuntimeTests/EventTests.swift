import JSON
import Kernel
@testable import LambdaRuntime
import Testing

@Suite("Events and handlers")
struct EventTests {
    struct SoldOut: Error, CustomStringConvertible { var description: String { "no seats" } }

    @Test("a request of API Gateway keeps its path parameters encoded and decodes them on demand")
    func proxyRequest() throws {
        let request = try APIGatewayProxyRequest(event: [
            "resource": "/eventos/{evento}", "path": "/eventos/Opera%20Aida", "httpMethod": "GET", "headers": ["Accept": "*/*"],
            "multiValueHeaders": ["Accept": ["*/*"]], "queryStringParameters": nil, "pathParameters": ["evento": "Opera%20Aida+%C3%B1%"], "body": nil,
        ])
        #expect(request.pathParameters == ["evento": "Opera%20Aida+%C3%B1%"])
        #expect(request.pathParameter("evento") == "Opera Aida ñ%")
        #expect(request.headers == ["Accept": "*/*"])
        #expect(request.query == [:])
        #expect(request.body == nil)
    }

    @Test("a response has the members that API Gateway reads")
    func proxyResponse() {
        let text = APIGatewayProxyResponse.text(404, "nope").answer.jsonString()
        #expect(text == #"{"statusCode":404,"headers":{"Content-Type":"text/html"},"body":"nope"}"#)
        let full = APIGatewayProxyResponse(status: 200, multiValueHeaders: ["Set-Cookie": ["a", "b"]], body: "AA==", isBase64Encoded: true)
        #expect(full.answer.jsonString() == #"{"statusCode":200,"headers":{},"multiValueHeaders":{"Set-Cookie":["a","b"]},"body":"AA==","isBase64Encoded":true}"#)
    }

    @Test("handlers of every kind are the same to Lambda")
    func handlers() async throws {
        let raw = LambdaHandler { (event: Document, context: LambdaContext) in ["got": event, "id": .string(context.requestID)] as Document }
        #expect(try await raw.run(Array("[1]".utf8), context()) == Array(#"{"got":[1],"id":"id"}"#.utf8))
        let stream = LambdaHandler { (event: DynamoDBStreamEvent, _: LambdaContext) in #expect(event.records.isEmpty) }
        #expect(try await stream.run(Array(#"{"Records":[]}"#.utf8), context()) == Array("null".utf8))
        let proxy = LambdaHandler { (request: APIGatewayProxyRequest, _: LambdaContext) in APIGatewayProxyResponse.text(200, request.path) }
        let answer = try await proxy.run(Array(#"{"httpMethod":"GET","path":"/a"}"#.utf8), context())
        #expect(answer == Array(#"{"statusCode":200,"headers":{"Content-Type":"text/html"},"body":"/a"}"#.utf8))
        await #expect(throws: LambdaError.self) { _ = try await raw.run(Array("{".utf8), context()) }
    }

    @Test("an error's type is its Swift type, or what it says itself")
    func errors() {
        #expect(LambdaError.describing(SoldOut()) == LambdaError(type: "SoldOut", message: "no seats"))
        #expect(LambdaError.describing(LambdaError(type: "A", message: "b")) == LambdaError(type: "A", message: "b"))
    }

    @Test("the time that remains ends at nothing")
    func remainingTime() {
        #expect(context(deadline: noon + .seconds(3)).remainingTime == .seconds(3))
        #expect(context(deadline: noon + .seconds(-3)).remainingTime == .zero)
        #expect(context().secondsSinceEpoch == 1_638_756_111)
    }

    @Test("XML that isn't one well-formed element isn't read", arguments: ["", "text", "<a>", "<a></b>", "<a", "</a>", "<a b=\">\">"])
    func badXML(text: String) { #expect(XMLReader.read(Array(text.utf8))?.name == nil) }

    @Test("XML becomes a document")
    func xml() {
        let text = "<?xml version='1.0'?><!-- c --><R x='>'><L><member>1</member><member><A/></member></L><M><entry><key>k</key><value>v</value></entry></M><T>&lt;&#233;&#x41;<![CDATA[<&]]></T></R>"
        let root = XMLReader.read(Array(text.utf8))
        #expect(root?.name == "R")
        #expect(root?.value == ["L": ["1", ["A": ""]], "M": ["k": "v"], "T": "<éA<&"])
        let deep = String(repeating: "<a>", count: 100_000)
        #expect(XMLReader.read(Array(deep.utf8))?.name == nil)
    }
}

