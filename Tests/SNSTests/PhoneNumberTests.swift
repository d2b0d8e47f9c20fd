import JSON
import Kernel
import Testing

@Suite("Phone numbers") @CloudActor struct PhoneNumberTests {
    let cloud = TestCloud()

    @Test("Settings for text messages, all or those asked for")
    func settings() async throws {
        try await cloud("SetSMSAttributes", ["attributes": ["DefaultSenderID": "test2", "DefaultSMSType": "Promotional", "DeliveryStatusSuccessSamplingRate": "50"]])
        #expect(try await cloud("GetSMSAttributes", [:]) == [
            "attributes": ["DefaultSMSType": "Promotional", "DefaultSenderID": "test2", "DeliveryStatusSuccessSamplingRate": "50", "MonthlySpendLimit": "1"],
        ])
        #expect(try await cloud("GetSMSAttributes", ["attributes": ["DefaultSMSType"]]) == ["attributes": ["DefaultSMSType": "Promotional"]])
        for (name, value, message) in [
            ("DefaultSenderID", "testSenderID", "DefaultSenderID is invalid"), ("DefaultSMSType", "x", "DefaultSMSType is invalid"),
            ("DeliveryStatusSuccessSamplingRate", "101", "DeliveryStatusSuccessSamplingRate is not an integer between 0-100"), ("x", "y", "x is not a valid attribute"),
        ] {
            await cloud.refused("SetSMSAttributes", ["attributes": .object(Members([.init(name: name, value: .string(value))]))], "InvalidParameter", message)
        }
    }

    @Test("Nobody has opted out, and numbers must be numbers")
    func optOuts() async throws {
        #expect(try await cloud("CheckIfPhoneNumberIsOptedOut", ["phoneNumber": "+15551234567"]) == ["isOptedOut": false])
        #expect(try await cloud("ListPhoneNumbersOptedOut", [:]) == ["phoneNumbers": []])
        try await cloud("OptInPhoneNumber", ["phoneNumber": "+15551234567"])
        await cloud.refused(
            "CheckIfPhoneNumberIsOptedOut", ["phoneNumber": "+15551a"], "InvalidParameter", "Invalid parameter: PhoneNumber Reason: input incorrectly formatted")
        #expect(try await cloud("ListOriginationNumbers", [:]) == ["PhoneNumbers": []])
    }

    @Test("A sandbox number is verified with the password that was sent to it")
    func sandbox() async throws {
        let number: Document = "+9477195222201"
        try await cloud("CreateSMSSandboxPhoneNumber", ["PhoneNumber": number, "LanguageCode": "de-DE"])
        #expect(try await cloud("ListSMSSandboxPhoneNumbers", [:]) == ["PhoneNumbers": [["PhoneNumber": number, "Status": "Pending"]]])
        let text = try #require(cloud.environment.outbox.state.messages.last?.content["Message"]?.string)
        let password = String(text.suffix(6))
        await cloud.refused(
            "VerifySMSSandboxPhoneNumber", ["PhoneNumber": number, "OneTimePassword": password == "111111" ? "222222" : "111111"], "VerificationException",
            "The one-time password is invalid")
        try await cloud("VerifySMSSandboxPhoneNumber", ["PhoneNumber": number, "OneTimePassword": .string(password)])
        #expect(try await cloud("ListSMSSandboxPhoneNumbers", [:]) == ["PhoneNumbers": [["PhoneNumber": number, "Status": "Verified"]]])
        try await cloud("DeleteSMSSandboxPhoneNumber", ["PhoneNumber": number])
        await cloud.refused("DeleteSMSSandboxPhoneNumber", ["PhoneNumber": number], "ResourceNotFound", "The phone number +9477195222201 was not found", status: 404)
        await cloud.refused(
            "CreateSMSSandboxPhoneNumber", ["PhoneNumber": "1234567890"], "ValidationException",
            #"1 validation error detected: Value '1234567890' at 'phoneNumber' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(\+[0-9]{8,}|[0-9]{0,9})$"#)
        #expect(try await cloud("GetSMSSandboxAccountStatus", [:]) == ["IsInSandbox": false])
    }
}
