import LambdaRuntime

/// A file of transactions was put into the bucket: each row becomes a customer and a transaction.
enum TransactionProcessor {
    /// - Returns: how many rows there were. Rows that DynamoDB refuses are logged and count too.
    /// - Throws: where the object can't be had, or lacks a column.
    static func handle(_ event: Document, _ context: LambdaContext) async throws -> String {
        context.log("Event received by Lambda function: \(event.prettyJSONString())")
        guard let record = try S3Event(event: event).records.first else { throw IndexError() }
        let file: S3Client.Object
        do throws(AWSServiceError) {
            file = try await context.client.s3.getObject(record.bucket.name, record.object.key)
        } catch {
            context.log("\(error)")
            context.log(
                "Error getting object \(record.object.key) from bucket \(record.bucket.name). "
                    + "Make sure they exist and your bucket is in the same region as this function.")
            throw error
        }
        let rows = DelimitedFile(file.body, delimiter: "|").rows
        for row in rows {
            let transaction = try Transaction(row)
            context.log(transaction.line)
            do {
                try await transaction.insert(context.client.dynamoDB)
            } catch {
                context.log("\(error)")
                context.log("Unable to insert data into DynamoDB table")
            }
        }
        return "\(rows.count) transactions inserted"
    }
}

/// One row of the file. A field that a short row lacks is `nil`.
private struct Transaction {
    var customer: String?
    var address: String?
    var id: String?
    var date: String?
    var amount: String?

    /// - Throws: where the file has no such column, the first one that it lacks.
    init(_ row: DelimitedFile.Row) throws(KeyError) {
        customer = try row["customer_id"]
        address = try row["customer_address"]
        id = try row["trn_id"]
        date = try row["trn_date"]
        amount = try row["trn_amount"]
    }

    /// As the log shows it.
    var line: String { [customer, address, id, date, amount].map { $0 ?? "None" }.joined(separator: " ") }

    /// The customer first: what fails after that leaves the customer there.
    func insert(_ dynamoDB: DynamoDBClient) async throws {
        try await dynamoDB.putItem("Customer", item: ["CustomerId": Self.value(customer), "Address": Self.value(address)])
        let amount = try WholeNumber(amount ?? "None").text
        try await dynamoDB.putItem("Transactions", item: [
            "CustomerId": Self.value(customer), "TransactionId": Self.value(id), "TransactionDate": Self.value(date), "TransactionAmount": .number(amount),
        ])
    }

    private static func value(_ field: String?) -> AttributeValue { field.map { .string($0) } ?? .null }
}
