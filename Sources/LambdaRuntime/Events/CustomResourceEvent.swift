/// What CloudFormation gives the function of a custom resource.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
public struct CustomResourceEvent: LambdaEvent {
    public enum RequestType: String, Sendable {
        case create = "Create"
        case update = "Update"
        case delete = "Delete"
    }

    public var requestType: RequestType
    /// A presigned address: the answer is PUT there.
    public var responseURL: String
    public var stackID: String
    public var requestID: String
    /// `Custom::...` or `AWS::CloudFormation::CustomResource`.
    public var resourceType: String
    public var logicalResourceID: String
    /// What the function named when it made the resource: with updates and deletions.
    public var physicalResourceID: String?
    /// As the template has them, and `ServiceToken`.
    public var properties: Document
    /// Before the update.
    public var oldProperties: Document?

    public init(event: Document) throws(LambdaError) {
        let fields = try EventFields(event)
        requestType = try fields.word("RequestType")
        responseURL = try fields.requiredString("ResponseURL")
        stackID = try fields.requiredString("StackId")
        requestID = try fields.requiredString("RequestId")
        resourceType = try fields.string("ResourceType") ?? ""
        logicalResourceID = try fields.requiredString("LogicalResourceId")
        physicalResourceID = requestType == .create ? try fields.string("PhysicalResourceId") : try fields.requiredString("PhysicalResourceId")
        properties = fields.document("ResourceProperties")
        oldProperties = try fields.object("OldResourceProperties")?.document
    }
}

/// What the function of a custom resource tells CloudFormation: see ``AWSClient/respond(to:with:)``.
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
public struct CustomResourceResponse: LambdaAnswer, Equatable {
    /// Why it failed; `nil` where it succeeded.
    public var failure: String?
    public var physicalResourceID: String
    public var stackID: String
    public var requestID: String
    public var logicalResourceID: String
    /// Hides `data` from `Fn::GetAtt`'s output in the console.
    public var noEcho: Bool
    /// What `Fn::GetAtt` finds, by name.
    public var data: Members

    /// The resource is made, changed or deleted.
    /// - Parameter physicalResourceID: what it is called from now on; another one than before makes CloudFormation delete the one before.
    public static func success(_ event: CustomResourceEvent, physicalResourceID: String, data: Members = Members(), noEcho: Bool = false) -> CustomResourceResponse {
        CustomResourceResponse(event, failure: nil, physicalResourceID: physicalResourceID, data: data, noEcho: noEcho)
    }

    /// The resource could not be made, changed or deleted.
    /// - Parameter physicalResourceID: of a resource that was never made, anything.
    public static func failure(_ event: CustomResourceEvent, reason: String, physicalResourceID: String? = nil) -> CustomResourceResponse {
        let id = physicalResourceID ?? event.physicalResourceID ?? event.requestID
        return CustomResourceResponse(event, failure: reason, physicalResourceID: id, data: Members(), noEcho: false)
    }

    private init(_ event: CustomResourceEvent, failure: String?, physicalResourceID: String, data: Members, noEcho: Bool) {
        self.failure = failure
        self.physicalResourceID = physicalResourceID
        stackID = event.stackID
        requestID = event.requestID
        logicalResourceID = event.logicalResourceID
        self.noEcho = noEcho
        self.data = data
    }

    public var answer: Document {
        var members: Members = ["Status": failure == nil ? "SUCCESS" : "FAILED"]
        if let failure { members.append("Reason", .string(failure)) }
        members.append("PhysicalResourceId", .string(physicalResourceID))
        members.append("StackId", .string(stackID))
        members.append("RequestId", .string(requestID))
        members.append("LogicalResourceId", .string(logicalResourceID))
        if noEcho { members.append("NoEcho", true) }
        if !data.isEmpty { members.append("Data", .object(data)) }
        return .object(members)
    }
}
