import LambdaRuntime

/// Transactions were inserted: each is added to its customer's balance, and balances of 1,500 or more are told of.
enum TotalNotifier {
    static let topic = "HighBalanceAlert"
    static let limit = 1500.0

    /// - Throws: where the topic isn't there, before anything is added; or where a record or a call fails, with what was added before it kept.
    static func handle(_ event: DynamoDBStreamEvent, _ context: LambdaContext) async throws -> String {
        let topicARN = try await topicARN(context)
        for record in event.records {
            guard let image = record.newImage else { throw KeyError("NewImage") }
            guard let customer = image["CustomerId"]?.string else { throw KeyError("CustomerId") }
            guard case .number(let text)? = image["TransactionAmount"] else { throw KeyError("TransactionAmount") }
            let balance = try await add(WholeNumber(text), to: customer, context)
            context.log("Latest account balance: \(balance)")
            guard let value = Double(balance), value >= limit else { continue }
            let message = "{\"customerID\": \"\(customer)\", \"accountBalance\": \"\(balance)\"}"
            context.log(message)
            try await context.client.sns.publish(message, to: topicARN, subject: "Warning! Account balance is very high", structure: "raw")
        }
        return "Successfully processed \(event.records.count) records."
    }

    /// Among the first page of topics, as AWS lists them.
    private static func topicARN(_ context: LambdaContext) async throws -> String {
        let page = try await context.client.sns.listTopics()
        guard let arn = page.topicARNs.first(where: { $0.hasSuffix(":\(topic)") }) else { throw IndexError() }
        return arn
    }

    /// - Returns: the balance afterwards, as DynamoDB writes the number.
    private static func add(_ amount: WholeNumber, to customer: String, _ context: LambdaContext) async throws -> String {
        let updated = try await context.client.dynamoDB.updateItem(
            "TransactionTotal", key: ["CustomerId": .string(customer)], update: "add accountBalance :val",
            .init(values: [":val": .number(amount.text)]), returning: .updatedNew)
        guard case .number(let balance)? = updated["accountBalance"] else { throw KeyError("accountBalance") }
        return balance
    }
}
