import JSON
import Kernel
@testable import LambdaRuntime
import Testing

@Suite("Triggers of user pools")
struct CognitoEventTests {
    private func event(_ source: String, _ request: Document, version: Document = "1") -> Document {
        [
            "version": version, "region": "us-east-1", "userPoolId": "us-east-1_EXAMPLE", "userName": "rose", "triggerSource": .string(source),
            "callerContext": ["awsSdkVersion": "aws-sdk-js-2.6.4", "clientId": "1example23456789"], "request": request, "response": [:], "later": "member",
        ]
    }

    @Test("a sign-up is answered with its whole event")
    func preSignUp() throws {
        let request: Document = ["userAttributes": ["email": "rose@example.com"], "validationData": ["k": "v"], "clientMetadata": ["a": "b"]]
        var event = try CognitoTriggerEvent<PreSignUp>(event: event("PreSignUp_SignUp", request))
        #expect((event.userPoolID, event.userName, event.clientID, event.version) == ("us-east-1_EXAMPLE", "rose", "1example23456789", "1"))
        #expect((event.request.userAttributes, event.request.validationData) == (["email": "rose@example.com"], ["k": "v"]))
        event.response.autoConfirmUser = true
        let answer = event.answer
        #expect(answer["response"] == ["autoConfirmUser": true, "autoVerifyEmail": false, "autoVerifyPhone": false])
        #expect((answer["request"], answer["later"], answer["version"]) == (request, "member", "1"))
    }

    @Test("triggers that have nothing to say answer an empty response")
    func withoutResponse() throws {
        let confirmation = try CognitoTriggerEvent<PostConfirmation>(event: event("PostConfirmation_ConfirmSignUp", ["userAttributes": ["sub": "1"]]))
        #expect(confirmation.answer["response"] == [:])
        let before = try CognitoTriggerEvent<PreAuthentication>(event: event("PreAuthentication_Authentication", ["userAttributes": [:], "userNotFound": true]))
        #expect(before.request.userNotFound)
        let after = try CognitoTriggerEvent<PostAuthentication>(event: event("PostAuthentication_Authentication", ["userAttributes": [:], "newDeviceUsed": true]))
        #expect(after.request.newDeviceUsed)
    }

    @Test("a message's texts are replaced")
    func customMessage() throws {
        var event = try CognitoTriggerEvent<CustomMessage>(
            event: event("CustomMessage_SignUp", ["userAttributes": [:], "codeParameter": "{####}", "linkParameter": "{##Click Here##}", "usernameParameter": nil]))
        #expect((event.request.codeParameter, event.request.linkParameter) == ("{####}", "{##Click Here##}"))
        event.response.emailSubject = "Welcome"
        #expect(event.answer["response"] == ["smsMessage": nil, "emailMessage": nil, "emailSubject": "Welcome"])
    }

    @Test("claims, scopes and groups of tokens are changed")
    func tokens() throws {
        let groups: Document = ["groupsToOverride": ["g"], "iamRolesToOverride": ["arn:aws:iam::1:role/r"], "preferredRole": "arn:aws:iam::1:role/r"]
        let request: Document = ["userAttributes": ["sub": "1"], "groupConfiguration": groups, "scopes": ["openid"]]
        var first = try CognitoTriggerEvent<PreTokenGeneration>(event: event("TokenGeneration_Authentication", request))
        #expect(first.request.groups == CognitoGroups(groups: ["g"], roles: ["arn:aws:iam::1:role/r"], preferredRole: "arn:aws:iam::1:role/r"))
        first.response.claimsToAddOrOverride = ["tenant": "t"]
        first.response.claimsToSuppress = ["email"]
        #expect(first.answer["response"] == ["claimsOverrideDetails": ["claimsToAddOrOverride": ["tenant": "t"], "claimsToSuppress": ["email"]]])
        var second = try CognitoTriggerEvent<PreTokenGenerationV2>(event: event("TokenGeneration_HostedAuth", request, version: 2))
        #expect((second.version, second.request.scopes) == ("2", ["openid"]))
        second.response.accessToken.scopesToAdd = ["read"]
        second.response.idToken.claimsToAddOrOverride = ["limits": ["seats": 3]]
        second.response.groups = CognitoGroups(groups: ["h"])
        #expect(second.answer["response"]?["claimsAndScopeOverrideDetails"] == [
            "idTokenGeneration": ["claimsToAddOrOverride": ["limits": ["seats": 3]], "claimsToSuppress": []],
            "accessTokenGeneration": ["claimsToAddOrOverride": [:], "claimsToSuppress": [], "scopesToAdd": ["read"], "scopesToSuppress": []],
            "groupOverrideDetails": ["groupsToOverride": ["h"], "iamRolesToOverride": []],
        ])
    }

    @Test("challenges are defined, made and verified")
    func challenges() throws {
        let session: Document = [["challengeName": "SRP_A", "challengeResult": true, "challengeMetadata": nil]]
        var define = try CognitoTriggerEvent<DefineAuthChallenge>(event: event("DefineAuthChallenge_Authentication", ["userAttributes": [:], "session": session]))
        #expect(define.request.session.map(\.name) == ["SRP_A"])
        define.response.challengeName = "CUSTOM_CHALLENGE"
        #expect(define.answer["response"] == ["challengeName": "CUSTOM_CHALLENGE", "issueTokens": false, "failAuthentication": false])
        var create = try CognitoTriggerEvent<CreateAuthChallenge>(
            event: event("CreateAuthChallenge_Authentication", ["userAttributes": [:], "challengeName": "CUSTOM_CHALLENGE", "session": session]))
        create.response.publicChallengeParameters = ["captcha": "u"]
        create.response.privateChallengeParameters = ["answer": "5"]
        create.response.challengeMetadata = "CAPTCHA"
        #expect(create.answer["response"] == [
            "publicChallengeParameters": ["captcha": "u"], "privateChallengeParameters": ["answer": "5"], "challengeMetadata": "CAPTCHA",
        ])
        let request: Document = ["userAttributes": [:], "privateChallengeParameters": ["answer": "5"], "challengeAnswer": "5"]
        var verify = try CognitoTriggerEvent<VerifyAuthChallenge>(event: event("VerifyAuthChallengeResponse_Authentication", request))
        verify.response.answerCorrect = verify.request.challengeAnswer == verify.request.privateChallengeParameters["answer"]
        #expect(verify.answer["response"] == ["answerCorrect": true])
    }

    @Test("a user from elsewhere is taken in")
    func migration() throws {
        var event = try CognitoTriggerEvent<UserMigration>(event: event("UserMigration_Authentication", ["password": "p", "validationData": nil]))
        #expect(event.request.password == "p")
        event.response.userAttributes = ["email": "rose@example.com"]
        event.response.finalUserStatus = "CONFIRMED"
        #expect(event.answer["response"] == ["userAttributes": ["email": "rose@example.com"], "finalUserStatus": "CONFIRMED", "forceAliasCreation": false])
    }

    @Test("another trigger's event, or a request that can't be read, is named")
    func unreadable() {
        let opening = "The event can't be read: "
        #expect(throws: LambdaError(type: "Runtime.UnmarshalError", message: opening + "triggerSource is 'PreSignUp_SignUp', which is none of CustomMessage_")) {
            try CognitoTriggerEvent<CustomMessage>(event: event("PreSignUp_SignUp", [:]))
        }
        #expect(throws: LambdaError(type: "Runtime.UnmarshalError", message: opening + "request.userAttributes.email is no string")) {
            try CognitoTriggerEvent<PreSignUp>(event: event("PreSignUp_SignUp", ["userAttributes": ["email": 1]]))
        }
        #expect(throws: LambdaError(type: "Runtime.UnmarshalError", message: opening + "userPoolId is missing")) {
            try CognitoTriggerEvent<PreSignUp>(event: ["triggerSource": "PreSignUp_SignUp"])
        }
    }
}
