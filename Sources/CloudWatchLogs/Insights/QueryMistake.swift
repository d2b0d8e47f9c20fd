import JSON
import Kernel

/// What is wrong with a query, and where.
struct QueryMistake: Error {
    var message: String
    /// Characters from the start.
    var place: Int

    /// What AWS has and isn't there.
    var unimplemented: String?

    init(unimplemented: String) {
        self.init("")
        self.unimplemented = unimplemented
    }

    init(_ message: String, at place: Int = 0) {
        self.message = message
        self.place = place
    }

    /// As AWS tells it. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html#API_StartQuery_Errors
    func error(in query: String) -> AWSError {
        let end = query.unicodeScalars.count
        return AWSError("MalformedQueryException", message, members: [
            "queryCompileError": [
                "location": ["startCharOffset": .int(min(place, end)), "endCharOffset": .int(end)], "message": .string(message),
            ]
        ])
    }
}
