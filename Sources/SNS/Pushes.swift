import JSON
import Kernel

/// Push notifications: they leave for the outbox.
extension SNSService {
    /// A message to one device.
    func push(_ request: PublishRequest, to target: String, _ call: Call) throws(AWSError) -> PublishReceipt {
        try checkEndpointARN(target, parameter: "TargetArn")
        guard let endpoint = state.endpoints[target], let application = state.applications[endpoint.application] else {
            throw .invalidParameter("TargetArn Reason: No endpoint found for the target arn specified")
        }
        guard application.isEnabled else { throw AWSError("PlatformApplicationDisabled", "Platform application is disabled") }
        guard endpoint.isEnabled else { throw AWSError("EndpointDisabled", "Endpoint is disabled") }
        let texts = try request.perProtocol(needsDefault: false)
        guard let text = texts.map({ $0[application.platform] ?? $0["default"] }) ?? request.message else {
            throw .invalidParameter("Message Structure - No default entry in JSON message body")
        }
        let id = environment.random.uuid()
        putPush(text, to: endpoint, application, id: id, topic: nil, request.attributes, call)
        return PublishReceipt(messageID: id)
    }

    /// A topic's message to a device that subscribes to it. One that takes none is a failed delivery.
    func toDevice(_ publication: Publication, _ subscription: Subscription, _ envelope: inout Envelope, _ call: Call) {
        guard let endpoint = state.endpoints[subscription.endpoint], let application = state.applications[endpoint.application],
            endpoint.isEnabled, application.isEnabled
        else { return fail(SubscriptionDelivery(publication, subscription, &envelope), AWSError("EndpointDisabled", "Endpoint is disabled"), call) }
        let text = publication.perProtocol?[application.platform] ?? publication.text(for: .application)
        putPush(text, to: endpoint, application, id: publication.messageID, topic: publication.topic, publication.attributes, call)
    }

    private func putPush(
        _ text: String, to endpoint: PlatformEndpoint, _ application: PlatformApplication, id: String, topic: ARN?, _ attributes: [MessageAttribute], _ call: Call
    ) {
        var content: Members = [
            "TargetArn": .string(endpoint.arn.description), "Platform": .string(application.platform), "Token": .string(endpoint.token), "Message": .string(text),
        ]
        content["Topic"] = topic.map { .string($0.description) }
        if !attributes.isEmpty {
            content.append("MessageAttributes", .object(Members(attributes.map { .init(name: $0.name, value: ["Type": .string($0.dataType), "Value": .string($0.value)]) })))
        }
        environment.outbox.put(OutboxMessage(kind: "push", id: id, scope: endpoint.arn.scope, sent: call.now, content: .object(content)))
    }
}
