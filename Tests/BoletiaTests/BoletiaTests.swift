@testable import Boletia
import JSON
import LambdaRuntime
import Testing

@Suite("Boletia's requests")
struct RequestTests {
    @Test("the thirteen functions have their names")
    func names() {
        #expect(BoletiaFunctions.application.functions.map(\.name) == [
            "findAll", "findOne", "insertEvento", "cancelEvento", "findAllEventos", "findOneEvento", "findReservasEventoEmail", "findReservaId",
            "insertReserva", "cancelReserva", "modificaInventarioEvento", "modificaInventarioReserva", "notificaciones",
        ])
    }

    @Test("a new event is answered in 88 bytes")
    func insertEvento() async throws {
        let aws = FakeAWS()
        let answer = try await aws.request("insertEvento", body: #"{"evento": "Opera Aida", "capacidad": 30, "categoria": "Opera"}"#)
        #expect(answer.status == 200)
        #expect(answer.type == "application/json")
        #expect(answer.body == "{\n  \"Evento\": \"Opera Aida\",\n  \"Capacidad\": 30,\n  \"Categoria\": \"Opera\",\n  \"Estado\": \"A\"\n}")
        #expect(answer.body.utf8.count == 88)
        let input: Document = [
            "TableName": "eventos",
            "Item": ["Capacidad": ["N": "30"], "Categoria": ["S": "Opera"], "Estado": ["S": "A"], "PK": ["S": "Opera Aida"]],
            "ConditionExpression": "attribute_not_exists(#pk)", "ExpressionAttributeNames": ["#pk": "PK"],
        ]
        #expect(aws.calls == [.init(operation: "PutItem", input: input)])
    }

    @Test("an event whose name is taken is refused")
    func takenEvento() async throws {
        let aws = FakeAWS { _ in conditionFailed }
        let answer = try await aws.request("insertEvento", body: #"{"EVENTO": "Opera Aida"}"#)
        #expect(answer == (500, "text/html", "Error insertando evento en DynamoDB"))
        #expect(aws.log.values == ["Error insertando evento en DynamoDB: ConditionalCheckFailedException: The conditional request failed"])
    }

    @Test("a body that is no JSON object of the right types is refused", arguments: ["{", "", "[]", #"{"evento": 7}"#, #"{"capacidad": "30"}"#, #"{"capacidad": 1.5}"#])
    func badBody(body: String) async throws {
        let aws = FakeAWS()
        #expect(try await aws.request("insertEvento", body: body) == (400, "text/html", "JSON no valido"))
        #expect(aws.calls.isEmpty)
    }

    @Test("the list of events is null where there are none, and 206 bytes for the two of the document", arguments: [
        ("[]", 4), ("[\(aida)]", 104), ("[\(aida),\(queen)]", 206),
    ])
    func findAllEventos(items: String, length: Int) async throws {
        let aws = FakeAWS { _ in (200, #"{"Items":\#(items)}"#) }
        let answer = try await aws.request("findAllEventos")
        #expect(answer.status == 200)
        #expect(answer.body.utf8.count == length)
        if length == 4 { #expect(answer.body == "null") }
        let input: Document = [
            "TableName": "inventario", "KeyConditionExpression": "#pk = :evento", "ExpressionAttributeNames": ["#pk": "PK"],
            "ExpressionAttributeValues": [":evento": ["S": "E"]],
        ]
        #expect(aws.calls == [.init(operation: "Query", input: input)])
    }

    @Test("a scan goes on from each last key")
    func findAll() async throws {
        let aws = FakeAWS { call in
            call.input["ExclusiveStartKey"] == nil
                ? (200, #"{"Items":[{"PK":{"S":"a"},"Capacidad":{"N":"1"},"Categoria":{"S":"x"},"Estado":{"S":"A"}}],"LastEvaluatedKey":{"PK":{"S":"a"}}}"#)
                : (200, #"{"Items":[{"PK":{"S":"b"},"Capacidad":{"N":"2"},"Categoria":{"S":"y"},"Estado":{"S":"C"}}]}"#)
        }
        let events = try Document(json: try await aws.request("findAll").body)
        #expect(events.array?.compactMap { $0["Evento"]?.string } == ["a", "b"])
        #expect(aws.operations == ["Scan", "Scan"])
    }

    @Test("an event is found by its decoded name, or is not there", arguments: [("findOne", "PK"), ("findOneEvento", "SK")])
    func findOne(function: String, key: String) async throws {
        let found = FakeAWS { _ in (200, #"{"Item":{"\#(key)":{"S":"Opera Aida"},"Capacidad":{"N":"30"},"Categoria":{"S":"Opera"},"Estado":{"S":"A"}}}"#) }
        let answer = try await found.request(function, path: ["evento": "Opera%20Aida"])
        #expect(answer.status == 200)
        #expect(answer.body.utf8.count == 88)
        #expect(found.calls.first?.input["Key"]?[key] == ["S": "Opera Aida"])
        let missing = try await FakeAWS().request(function, path: ["evento": "nope"])
        #expect(missing == (404, "text/html", "Evento nope inexistente"))
    }

    @Test("an active event is cancelled in 27 bytes, and only once")
    func cancelEvento() async throws {
        let aws = FakeAWS()
        let answer = try await aws.request("cancelEvento", path: ["evento": "Opera%20Aida"])
        #expect(answer == (200, "text/html", "Evento Opera Aida cancelado"))
        #expect(answer.body.utf8.count == 27)
        let input: Document = [
            "TableName": "eventos", "Key": ["PK": ["S": "Opera Aida"]], "UpdateExpression": "SET #estado = :cancelada",
            "ConditionExpression": "#estado = :activa", "ExpressionAttributeNames": ["#estado": "Estado"],
            "ExpressionAttributeValues": [":activa": ["S": "A"], ":cancelada": ["S": "C"]],
        ]
        #expect(aws.calls == [.init(operation: "UpdateItem", input: input)])
        let again = try await FakeAWS { _ in conditionFailed }.request("cancelEvento", path: ["evento": "Opera%20Aida"])
        #expect(again == (500, "text/html", "Error cancelando evento en DynamoDB"))
    }

    @Test("a reservation takes its seats in one transaction and is answered in 139 bytes")
    func insertReserva() async throws {
        let aws = FakeAWS()
        let answer = try await aws.request("insertReserva", body: #"{"evento": "Opera Aida", "cantidad": 1, "email": "cliente.uno@example.com"}"#)
        #expect(answer.status == 200)
        #expect(answer.body.utf8.count == 139)
        let members = try #require(Document(json: answer.body).object)
        #expect(members.map(\.name) == ["Id", "Evento", "Estado", "Email", "Cantidad"])
        let id = try #require(members["Id"]?.string)
        #expect(id.utf8.count == 27)
        // 2021-12-06T03:34:04Z, the document's own reservation: its id begins so too.
        #expect(id.hasPrefix("21tY"))
        let writes: Document = [
            ["Put": [
                "TableName": "inventario",
                "Item": [
                    "Cantidad": ["N": "1"], "Email": ["S": "cliente.uno@example.com"], "Estado": ["S": "A"], "Evento": ["S": "Opera Aida"],
                    "PK": ["S": "I"], "SK": ["S": .string(id)],
                ],
            ]],
            ["Update": [
                "TableName": "inventario", "Key": ["PK": ["S": "E"], "SK": ["S": "Opera Aida"]], "UpdateExpression": "SET #capacidad = #capacidad - :boletos",
                "ConditionExpression": "#estado = :activa AND #capacidad >= :boletos",
                "ExpressionAttributeNames": ["#capacidad": "Capacidad", "#estado": "Estado"],
                "ExpressionAttributeValues": [":activa": ["S": "A"], ":boletos": ["N": "1"]],
            ]],
        ]
        #expect(aws.calls.first?.input["TransactItems"] == writes)
        #expect(aws.operations == ["TransactWriteItems"])
    }

    @Test("a reservation that can't be had, or of no seat, is refused")
    func refusedReserva() async throws {
        let aws = FakeAWS { _ in (400, #"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","message":"cancelled"}"#) }
        #expect(try await aws.request("insertReserva", body: #"{"evento": "a", "cantidad": 20}"#) == (500, "text/html", "Error insertando reserva en DynamoDB"))
        #expect(try await aws.request("insertReserva", body: #"{"evento": "a", "cantidad": -5}"#) == (400, "text/html", "Cantidad no valida"))
        #expect(aws.calls.count == 1)
    }

    @Test("a reservation is found by its id, or is not there")
    func findReservaId() async throws {
        let aws = FakeAWS { _ in (200, #"{"Item":\#(reserva)}"#) }
        let answer = try await aws.request("findReservaId", path: ["id": "21tYJ9WFytF1KRq73EtsGjWrUE4"])
        #expect(answer.body.utf8.count == 139)
        #expect(try Document(json: answer.body)["Estado"] == "X")
        #expect(try await FakeAWS().request("findReservaId", path: ["id": "nope"]) == (404, "text/html", "Reserva Id nope inexistente"))
    }

    @Test("a customer's reservations for an event come from the index")
    func findReservasEventoEmail() async throws {
        let aws = FakeAWS { _ in (200, #"{"Items":[\#(reserva)]}"#) }
        let answer = try await aws.request("findReservasEventoEmail", path: ["id": "Opera%20Aida", "email": "cliente.ii%40example.com"])
        #expect(try Document(json: answer.body).array?.count == 1)
        let input: Document = [
            "TableName": "inventario", "IndexName": "evento-email", "KeyConditionExpression": "#evento = :evento AND #email = :email",
            "ExpressionAttributeNames": ["#email": "Email", "#evento": "Evento"],
            "ExpressionAttributeValues": [":email": ["S": "cliente.ii@example.com"], ":evento": ["S": "Opera Aida"]],
        ]
        #expect(aws.calls == [.init(operation: "Query", input: input)])
    }

    @Test("a cancelled reservation gives its seats back in one transaction, in 48 bytes")
    func cancelReserva() async throws {
        let id = "21tYJ9WFytF1KRq73EtsGjWrUE4"
        let aws = FakeAWS { call in call.operation == "GetItem" ? (200, #"{"Item":{"Evento":{"S":"Opera Aida"},"Cantidad":{"N":"10"}}}"#) : (200, "{}") }
        let answer = try await aws.request("cancelReserva", path: ["id": id])
        #expect(answer == (200, "text/html", "Reserva Id \(id) cancelada"))
        #expect(answer.body.utf8.count == 48)
        #expect(aws.operations == ["GetItem", "TransactWriteItems"])
        #expect(aws.calls.first?.input["ProjectionExpression"] == "Evento,Cantidad")
        let writes = try #require(aws.calls.last?.input["TransactItems"]?.array)
        #expect(writes[0]["Update"]?["ExpressionAttributeValues"] == [":activa": ["S": "A"], ":cancelada": ["S": "X"]])
        #expect(writes[1]["Update"]?["UpdateExpression"] == "SET #capacidad = #capacidad + :boletos")
        #expect(writes[1]["Update"]?["ConditionExpression"] == "#estado = :activa")
        #expect(writes[1]["Update"]?["ExpressionAttributeValues"] == [":activa": ["S": "A"], ":boletos": ["N": "10"]])
        #expect(try await FakeAWS().request("cancelReserva", path: ["id": "nope"]) == (404, "text/html", "Reserva Id nope inexistente"))
    }

    @Test("KSUIDs are those of their time")
    func ksuid() {
        #expect(KSUID.text([UInt8](repeating: 0, count: 20)) == "000000000000000000000000000")
        // The largest one, as the format's description has it.
        #expect(KSUID.text([UInt8](repeating: 255, count: 20)) == "aWgEPTl1tmebfsQzFP4bxwgy80V")
        let early = KSUID.make(at: 1_638_761_644, chance: [UInt8](repeating: 255, count: 16))
        let late = KSUID.make(at: 1_638_761_645, chance: [UInt8](repeating: 0, count: 16))
        #expect(early < late)
    }
}
