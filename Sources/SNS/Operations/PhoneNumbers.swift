import JSON
import Kernel

@CloudActor let phoneNumberOperations: [OperationEntry<SNSService>] = [
    OperationEntry(GetSMSAttributes.self), OperationEntry(SetSMSAttributes.self), OperationEntry(CheckIfPhoneNumberIsOptedOut.self),
    OperationEntry(ListPhoneNumbersOptedOut.self), OperationEntry(OptInPhoneNumber.self), OperationEntry(ListOriginationNumbers.self),
]

/// What SetSMSAttributes takes.
/// https://docs.aws.amazon.com/sns/latest/api/API_SetSMSAttributes.html
private enum SMSAttributes {
    static func check(_ name: String, _ value: String) throws(AWSError) {
        switch name {
        case "MonthlySpendLimit":
            guard let limit = Int(value), limit >= 0 else { throw invalid("MonthlySpendLimit is invalid") }
        case "DeliveryStatusSuccessSamplingRate":
            guard let rate = Int(value), (0...100).contains(rate) else { throw invalid("DeliveryStatusSuccessSamplingRate is not an integer between 0-100") }
        case "DefaultSenderID":
            guard value.isEmpty || isSenderID(value) else { throw invalid("DefaultSenderID is invalid") }
        case "DefaultSMSType":
            guard ["Promotional", "Transactional"].contains(value) else { throw invalid("DefaultSMSType is invalid") }
        case "DeliveryStatusIAMRole":
            guard value.isEmpty || ARN.isRole(value) else { throw invalid("DeliveryStatusIAMRole is not a valid role to allow SNS to write to Cloudwatch Logs") }
        case "UsageReportS3Bucket": return
        default: throw invalid("\(name) is not a valid attribute")
        }
    }

    /// Up to eleven letters and digits, a letter among them.
    private static func isSenderID(_ text: String) -> Bool {
        (1...11).contains(text.utf8.count) && text.utf8.allSatisfy { $0 &- 48 < 10 || ($0 | 0x20) &- 97 < 26 } && text.utf8.contains { ($0 | 0x20) &- 97 < 26 }
    }

    private static func invalid(_ message: String) -> AWSError { AWSError("InvalidParameter", message) }
}

extension ARN {
    /// Whether a text is the ARN of a role.
    static func isRole(_ text: String) -> Bool {
        // IAM has no regions.
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        return parts.count == 6 && parts[0] == "arn" && parts[2] == "iam" && parts[5].hasPrefix("role/") && parts[5].utf8.count > 5
    }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_GetSMSAttributes.html
enum GetSMSAttributes: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> [String] { try fields.strings("attributes") ?? [] }

    static func run(_ names: [String], on sns: SNSService, _ call: Call) throws(AWSError) -> [String: String] {
        var attributes = sns.settings(call).smsAttributes
        if attributes["MonthlySpendLimit"] == nil { attributes["MonthlySpendLimit"] = "1" }
        return names.isEmpty ? attributes : attributes.filter { names.contains($0.key) }
    }

    static func write(_ attributes: [String: String]) -> Reply {
        Reply(["attributes": .object(Members(attributes.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) }))])
    }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_SetSMSAttributes.html
enum SetSMSAttributes: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> [(key: String, value: String)] { try fields.requiredAttributes("attributes") }

    static func run(_ attributes: [(key: String, value: String)], on sns: SNSService, _ call: Call) throws(AWSError) {
        var settings = sns.settings(call)
        for (name, value) in attributes {
            try SMSAttributes.check(name, value)
            settings.smsAttributes[name] = value.isEmpty ? nil : value
        }
        sns.keep(settings, call)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

extension Fields {
    /// A map of strings that must be there; an empty one counts as none.
    mutating func requiredAttributes(_ name: String) throws(AWSError) -> [(key: String, value: String)] {
        guard let attributes = try stringMap(name), !attributes.isEmpty else {
            missing(name)
            return []
        }
        return attributes
    }

    fileprivate mutating func phoneNumber() throws(AWSError) -> String { try requiredString("phoneNumber") }
}

extension PhoneNumber {
    /// - Throws: `InvalidParameter`.
    fileprivate static func check(_ number: String) throws(AWSError) {
        guard isValid(number) else { throw .invalidParameter("PhoneNumber Reason: input incorrectly formatted") }
    }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_CheckIfPhoneNumberIsOptedOut.html
enum CheckIfPhoneNumberIsOptedOut: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.phoneNumber() }

    static func run(_ number: String, on sns: SNSService, _ call: Call) throws(AWSError) -> Bool {
        try PhoneNumber.check(number)
        return sns.settings(call).optedOut.contains(PhoneNumber.plain(number))
    }

    static func write(_ isOptedOut: Bool) -> Reply { Reply(["isOptedOut": .bool(isOptedOut)]) }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_ListPhoneNumbersOptedOut.html
enum ListPhoneNumbersOptedOut: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String? { try fields.pageStart("nextToken") }

    static func run(_ after: String?, on sns: SNSService, _ call: Call) throws(AWSError) -> Page<String> {
        Page(sns.settings(call).optedOut.sorted(), after: after) { $0 }
    }

    static func write(_ page: Page<String>) -> Reply { page.reply("phoneNumbers", token: "nextToken") { .string($0) } }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_OptInPhoneNumber.html
enum OptInPhoneNumber: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.phoneNumber() }

    static func run(_ number: String, on sns: SNSService, _ call: Call) throws(AWSError) {
        try PhoneNumber.check(number)
        var settings = sns.settings(call)
        guard settings.optedOut.remove(PhoneNumber.plain(number)) != nil else { return }
        sns.keep(settings, call)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// Numbers from which messages are sent: nobody can have any here.
/// https://docs.aws.amazon.com/sns/latest/api/API_ListOriginationNumbers.html
enum ListOriginationNumbers: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) {
        _ = try fields.int("MaxResults", .range(min: 1, max: 30))
        _ = try fields.pageStart()
    }

    static func run(_ input: Void, on sns: SNSService, _ call: Call) throws(AWSError) {}
    static func write(_ output: Void) -> Reply { Reply(["PhoneNumbers": []]) }
}
