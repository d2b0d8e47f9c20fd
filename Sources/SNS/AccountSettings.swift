import JSON
import Kernel

/// What an account has set in a region for its text messages.
struct AccountSettings: Sendable {
    /// What SetSMSAttributes took, by name.
    var smsAttributes: [String: String] = [:]
    /// Numbers that want no messages: a plus and digits.
    var optedOut: Set<String> = []
    /// The sandbox's numbers.
    var sandbox: [String: SandboxNumber] = [:]

    /// A number to which an account in the sandbox may send.
    struct SandboxNumber: Sendable, Equatable {
        /// What confirms it; `nil` once it is verified.
        var password: String?
    }

    init() {}

    var document: Document {
        [
            "sms": .object(Members(smsAttributes.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) })),
            "optedOut": .array(optedOut.sorted().map { .string($0) }),
            "sandbox": .object(Members(sandbox.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value.password.map { .string($0) } ?? .null) })),
        ]
    }

    init?(_ document: Document) {
        guard let sms = document["sms"]?.object, let optedOut = document["optedOut"]?.array, let sandbox = document["sandbox"]?.object else { return nil }
        for member in sms { smsAttributes[member.name] = member.value.string }
        self.optedOut = Set(optedOut.compactMap(\.string))
        for member in sandbox { self.sandbox[member.name] = SandboxNumber(password: member.value.string) }
    }
}

extension SNSService {
    func settings(_ call: Call) -> AccountSettings { state.accounts[call.scope] ?? AccountSettings() }

    /// Keeps what the caller's account has set.
    func keep(_ settings: AccountSettings, _ call: Call) {
        state.accounts[call.scope] = settings
        environment.journal.put(name, JournalKey.account(call.scope), settings.document.json())
    }
}
