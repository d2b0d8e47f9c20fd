import JSON
import Kernel

@CloudActor let sandboxOperations: [OperationEntry<SNSService>] = [
    OperationEntry(CreateSMSSandboxPhoneNumber.self), OperationEntry(DeleteSMSSandboxPhoneNumber.self), OperationEntry(VerifySMSSandboxPhoneNumber.self),
    OperationEntry(ListSMSSandboxPhoneNumbers.self), OperationEntry(GetSMSSandboxAccountStatus.self),
]

extension Fields {
    fileprivate mutating func sandboxNumber() throws(AWSError) -> String {
        try requiredString("PhoneNumber", .length(max: 20), .pattern(#"^(\+[0-9]{8,}|[0-9]{0,9})$"#) { text in
            let digits = text.hasPrefix("+") ? text.utf8.dropFirst() : text.utf8[...]
            return digits.allSatisfy { $0 &- 48 < 10 } && (text.hasPrefix("+") ? digits.count >= 8 : digits.count <= 9)
        })
    }
}

/// Sends a number its one-time password, which is in the outbox.
/// https://docs.aws.amazon.com/sns/latest/api/API_CreateSMSSandboxPhoneNumber.html
enum CreateSMSSandboxPhoneNumber: Operation {
    private static let languages = ["en-US", "en-GB", "es-419", "es-ES", "de-DE", "fr-CA", "fr-FR", "it-IT", "ja-JP", "pt-BR", "kr-KR", "zh-CN", "zh-TW"]

    static func read(_ fields: inout Fields) throws(AWSError) -> String {
        let number = try fields.sandboxNumber()
        _ = try fields.string("LanguageCode", .oneOf(languages))
        return number
    }

    static func run(_ number: String, on sns: SNSService, _ call: Call) throws(AWSError) {
        var settings = sns.settings(call)
        guard !number.isEmpty else { throw AWSError("UserError", "The phone number must not be empty") }
        guard !settings.optedOut.contains(PhoneNumber.plain(number)) else { throw AWSError("OptedOut", "The phone number \(number) is opted out") }
        let known = settings.sandbox[number]
        // A verified one stays so.
        guard known == nil || known?.password != nil else { return }
        guard known != nil || settings.sandbox.count < 10 else { throw AWSError("UserError", "The maximum number of sandbox phone numbers (10) has been reached") }
        let password = sns.environment.random.text(6, from: "0123456789")
        settings.sandbox[number] = .init(password: password)
        sns.keep(settings, call)
        sns.putSMS("Your verification code is: \(password)", to: number, id: sns.environment.random.uuid(), topic: nil, call)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_VerifySMSSandboxPhoneNumber.html
enum VerifySMSSandboxPhoneNumber: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (number: String, password: String) {
        let number = try fields.sandboxNumber()
        let password = try fields.requiredString("OneTimePassword", .length(min: 5, max: 8), .pattern("^[0-9]+$") { !$0.isEmpty && $0.utf8.allSatisfy { $0 &- 48 < 10 } })
        return (number, password)
    }

    static func run(_ input: (number: String, password: String), on sns: SNSService, _ call: Call) throws(AWSError) {
        var settings = sns.settings(call)
        guard let number = settings.sandbox[input.number] else { throw .resourceNotFound("The phone number \(input.number) was not found") }
        guard let password = number.password else { return }
        guard password == input.password else { throw AWSError("VerificationException", "The one-time password is invalid") }
        settings.sandbox[input.number] = .init(password: nil)
        sns.keep(settings, call)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_DeleteSMSSandboxPhoneNumber.html
enum DeleteSMSSandboxPhoneNumber: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.sandboxNumber() }

    static func run(_ number: String, on sns: SNSService, _ call: Call) throws(AWSError) {
        var settings = sns.settings(call)
        guard settings.sandbox.removeValue(forKey: number) != nil else { throw .resourceNotFound("The phone number \(number) was not found") }
        sns.keep(settings, call)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_ListSMSSandboxPhoneNumbers.html
enum ListSMSSandboxPhoneNumbers: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (limit: Int?, after: String?) {
        (try fields.int("MaxResults", .range(min: 1, max: 100)), try fields.pageStart())
    }

    static func run(_ input: (limit: Int?, after: String?), on sns: SNSService, _ call: Call) throws(AWSError) -> Page<(number: String, isVerified: Bool)> {
        let numbers = sns.settings(call).sandbox.map { (number: $0.key, isVerified: $0.value.password == nil) }
        return Page(numbers.sorted { $0.number < $1.number }, after: input.after, limit: input.limit ?? 100, name: \.number)
    }

    static func write(_ page: Page<(number: String, isVerified: Bool)>) -> Reply {
        page.reply("PhoneNumbers") { ["PhoneNumber": .string($0.number), "Status": $0.isVerified ? "Verified" : "Pending"] }
    }
}

/// Accounts here aren't in the sandbox: text messages reach the outbox whoever they are for.
/// https://docs.aws.amazon.com/sns/latest/api/API_GetSMSSandboxAccountStatus.html
enum GetSMSSandboxAccountStatus: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) {}
    static func run(_ input: Void, on sns: SNSService, _ call: Call) throws(AWSError) {}
    static func write(_ output: Void) -> Reply { Reply(["IsInSandbox": false]) }
}
