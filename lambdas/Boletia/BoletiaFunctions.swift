import LambdaRuntime

/// Boletia sells tickets: the thirteen functions of its three domains, by the names under which they are deployed.
public enum BoletiaFunctions {
    public static let application = LambdaApplication("Boletia", [
        ("findAll", LambdaHandler(Eventos.findAll)),
        ("findOne", LambdaHandler(Eventos.findOne)),
        ("insertEvento", LambdaHandler(Eventos.insertEvento)),
        ("cancelEvento", LambdaHandler(Eventos.cancelEvento)),
        ("findAllEventos", LambdaHandler(Reservas.findAllEventos)),
        ("findOneEvento", LambdaHandler(Reservas.findOneEvento)),
        ("findReservasEventoEmail", LambdaHandler(Reservas.findReservasEventoEmail)),
        ("findReservaId", LambdaHandler(Reservas.findReservaId)),
        ("insertReserva", LambdaHandler(Reservas.insertReserva)),
        ("cancelReserva", LambdaHandler(Reservas.cancelReserva)),
        ("modificaInventarioEvento", LambdaHandler(Inventario.modificaInventarioEvento)),
        ("modificaInventarioReserva", LambdaHandler(Inventario.modificaInventarioReserva)),
        ("notificaciones", LambdaHandler(Notificaciones.notificaciones)),
    ])
}

/// The names of the tables and of the index.
enum Tables {
    /// The administrators' table of events.
    static let eventos = "eventos"
    /// The copy of the events with their free seats, and the reservations.
    static let inventario = "inventario"
    /// The index of the reservations by event and mail address.
    static let eventoEmail = "evento-email"
}

/// `Estado` of events and reservations.
enum Estado {
    static let activa = "A"
    /// By the organisers.
    static let cancelada = "C"
    /// By the customer.
    static let anulada = "X"
}

typealias Request = APIGatewayProxyRequest
typealias Response = APIGatewayProxyResponse
typealias Placeholders = DynamoDBClient.Placeholders

extension Response {
    /// Logs why and says only what went wrong.
    static func failure(_ text: String, _ error: AWSServiceError, _ context: LambdaContext) -> Response {
        context.log("\(text): \(error)")
        return .text(500, text)
    }

    static let invalidJSON = Response.text(400, "JSON no valido")

    /// A list as the frontend knows it: `null` where it is empty.
    static func list(_ documents: [Document]) -> Response { .json(200, documents.isEmpty ? .null : .array(documents)) }
}
