import Boletia
import Cloud
import JSON
import Kernel
import LambdaRuntime

/// The ticket-sales system of document 000, deployed as its authors did: two tables with streams, thirteen functions, three event source
/// mappings, a verified sender, and the REST API with its stage.
public struct BoletiaDeployment: Sendable {
    public static let region = "us-west-2"
    public static let account = "440939667227"
    public static let apiID = "oy7rgdejtk"
    public static let stage = "produccion"
    public static let sender = "boletia@example.com"

    /// The functions that a table's stream invokes: table, function.
    static let streamConsumers = [("eventos", "modificaInventarioEvento"), ("eventos", "modificaInventarioReserva"), ("inventario", "notificaciones")]

    private let cloud: LocalCloud
    /// Told of each step before it is taken.
    private let progress: @Sendable (String) -> Void

    /// Makes Boletia on a cloud in which nothing of it exists yet. Registers the handlers too.
    public static func deploy(on cloud: LocalCloud, progress: @escaping @Sendable (String) -> Void = { _ in }) async throws(CloudError) {
        let deployment = BoletiaDeployment(cloud: cloud, progress: progress)
        await deployment.register()
        let streams = try await deployment.createTables()
        try await deployment.createFunctions()
        try await deployment.createMappings(streams)
        try await deployment.createAPI()
    }

    private func register() async {
        await cloud.register(BoletiaFunctions.application)
    }

    @discardableResult
    private func call(_ service: String, _ operation: String, _ input: Document, payload: [UInt8]? = nil) async throws(CloudError) -> Document {
        try await cloud.call(service, operation, input, payload: payload, region: Self.region, account: Self.account)
    }

    /// - Returns: each table's stream.
    private func createTables() async throws(CloudError) -> [String: String] {
        let key = { (name: String, type: String) -> Document in ["AttributeName": .string(name), "KeyType": .string(type)] }
        let attribute = { (name: String) -> Document in ["AttributeName": .string(name), "AttributeType": "S"] }
        let throughput: Document = ["ReadCapacityUnits": 1, "WriteCapacityUnits": 1]
        let stream: Document = ["StreamEnabled": true, "StreamViewType": "NEW_IMAGE"]
        var streams: [String: String] = [:]
        progress("dynamodb create-table eventos (stream NEW_IMAGE)")
        let eventos = try await call("dynamodb", "CreateTable", [
            "TableName": "eventos", "AttributeDefinitions": [attribute("PK")], "KeySchema": [key("PK", "HASH")],
            "ProvisionedThroughput": throughput, "StreamSpecification": stream,
        ])
        progress("dynamodb create-table inventario (index evento-email, stream NEW_IMAGE)")
        let index: Document = [
            "IndexName": "evento-email", "KeySchema": [key("Evento", "HASH"), key("Email", "RANGE")],
            "Projection": ["ProjectionType": "ALL"], "ProvisionedThroughput": throughput,
        ]
        let inventario = try await call("dynamodb", "CreateTable", [
            "TableName": "inventario", "AttributeDefinitions": .array(["PK", "SK", "Evento", "Email"].map(attribute)),
            "KeySchema": [key("PK", "HASH"), key("SK", "RANGE")], "ProvisionedThroughput": throughput, "StreamSpecification": stream,
            "GlobalSecondaryIndexes": [index],
        ])
        streams["eventos"] = eventos["TableDescription"]?["LatestStreamArn"]?.string
        streams["inventario"] = inventario["TableDescription"]?["LatestStreamArn"]?.string
        return streams
    }

    private func createFunctions() async throws(CloudError) {
        progress("ses verify-email-identity \(Self.sender)")
        try await call("ses", "VerifyEmailIdentity", ["EmailAddress": .string(Self.sender)])
        let application = BoletiaFunctions.application
        for (name, _) in application.functions {
            progress("lambda create-function \(name)")
            var input: Members = [
                "FunctionName": .string(name), "Runtime": "provided.al2023", "Handler": .string(application.handlerName(name)),
                "Role": .string("arn:aws:iam::\(Self.account):role/boletia"), "Code": ["ZipFile": .string(Self.archive)], "Timeout": 10,
            ]
            if name == "notificaciones" { input["Environment"] = ["Variables": ["SENDER_EMAIL": .string(Self.sender)]] }
            try await call("lambda", "CreateFunction", .object(input))
        }
    }

    /// A zip with an empty file: AWS takes none without any, and nothing in it is run.
    private static let archive =
        "UEsDBBQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAZlBLAQIUAxQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAAAAAAAAAAACAAQAAAABmUEsFBgAAAAABAAEALwAAAB8AAAAAAA=="

    private func createMappings(_ streams: [String: String]) async throws(CloudError) {
        for (table, function) in Self.streamConsumers {
            progress("lambda create-event-source-mapping \(table) -> \(function)")
            try await call("lambda", "CreateEventSourceMapping", [
                "EventSourceArn": .string(streams[table] ?? ""), "FunctionName": .string(function), "StartingPosition": "LATEST", "BatchSize": 1,
            ])
        }
    }

    private func createAPI() async throws(CloudError) {
        progress("apigateway import-rest-api, create-deployment --stage-name \(Self.stage)")
        try await call("apigateway", "ImportRestApi", [:], payload: PackageResources.boletia_oas30_apigateway_yaml)
        try await call("apigateway", "CreateDeployment", ["restApiId": .string(Self.apiID), "stageName": .string(Self.stage)])
    }
}
