import Kernel

extension LambdaService {
    /// As `lambda/2015-03-31` of the service models has it.
    static let model = ServiceModel(signingName: "lambda", protocols: [.restJSON], apiVersion: "2015-03-31", bodyLimit: 70 << 20)

    func makeEndpoint() -> Endpoint {
        Endpoint(
            "lambda", Self.model, service: self, operations: Self.operations, unimplemented: Self.unimplemented.map(\.name),
            unimplementedPlaces: Self.unimplemented.map { place in
                var http = place.http
                // Whatever the body is, it isn't read.
                http.hasBlobPayload = true
                return (place.name, http)
            })
    }

    private static let qualifier = ["Qualifier": "Qualifier"]

    static let operations: [OperationEntry<LambdaService>] = [
        OperationEntry(
            waiting: InvokeAsync.self,
            http: HTTPBinding("POST", "/2014-11-13/functions/{FunctionName}/invoke-async", hasBlobPayload: true, status: 202, responseStatus: "Status")),
        OperationEntry(CreateFunction.self, http: HTTPBinding("POST", "/2015-03-31/functions", status: 201)),
        OperationEntry(GetFunction.self, http: HTTPBinding("GET", "/2015-03-31/functions/{FunctionName}", query: qualifier)),
        OperationEntry(GetFunctionConfiguration.self, http: HTTPBinding("GET", "/2015-03-31/functions/{FunctionName}/configuration", query: qualifier)),
        OperationEntry(
            ListFunctions.self,
            http: HTTPBinding(
                "GET", "/2015-03-31/functions",
                query: ["Marker": "Marker", "MaxItems": "MaxItems", "FunctionVersion": "FunctionVersion", "MasterRegion": "MasterRegion"])),
        OperationEntry(UpdateFunctionConfiguration.self, http: HTTPBinding("PUT", "/2015-03-31/functions/{FunctionName}/configuration")),
        OperationEntry(UpdateFunctionCode.self, http: HTTPBinding("PUT", "/2015-03-31/functions/{FunctionName}/code")),
        OperationEntry(
            DeleteFunction.self,
            http: HTTPBinding("DELETE", "/2015-03-31/functions/{FunctionName}", query: qualifier, status: 204, responseStatus: "StatusCode")),
        OperationEntry(
            waiting: Invoke.self,
            http: HTTPBinding(
                "POST", "/2015-03-31/functions/{FunctionName}/invocations", query: qualifier,
                headers: [
                    "X-Amz-Invocation-Type": "InvocationType", "X-Amz-Log-Type": "LogType", "X-Amz-Client-Context": "ClientContext",
                    "X-Amz-Durable-Execution-Name": "DurableExecutionName", "X-Amz-Tenant-Id": "TenantId",
                ],
                hasBlobPayload: true,
                responseHeaders: [
                    "FunctionError": "X-Amz-Function-Error", "LogResult": "X-Amz-Log-Result", "ExecutedVersion": "X-Amz-Executed-Version",
                ],
                responseStatus: "StatusCode")),
        OperationEntry(
            PutFunctionEventInvokeConfig.self, http: HTTPBinding("PUT", "/2019-09-25/functions/{FunctionName}/event-invoke-config", query: qualifier)),
        OperationEntry(
            UpdateFunctionEventInvokeConfig.self, http: HTTPBinding("POST", "/2019-09-25/functions/{FunctionName}/event-invoke-config", query: qualifier)),
        OperationEntry(
            GetFunctionEventInvokeConfig.self, http: HTTPBinding("GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config", query: qualifier)),
        OperationEntry(
            DeleteFunctionEventInvokeConfig.self,
            http: HTTPBinding("DELETE", "/2019-09-25/functions/{FunctionName}/event-invoke-config", query: qualifier, status: 204)),
        OperationEntry(
            ListFunctionEventInvokeConfigs.self,
            http: HTTPBinding(
                "GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config/list", query: ["Marker": "Marker", "MaxItems": "MaxItems"])),
        OperationEntry(CreateEventSourceMapping.self, http: HTTPBinding("POST", "/2015-03-31/event-source-mappings", status: 202)),
        OperationEntry(GetEventSourceMapping.self, http: HTTPBinding("GET", "/2015-03-31/event-source-mappings/{UUID}")),
        OperationEntry(
            ListEventSourceMappings.self,
            http: HTTPBinding(
                "GET", "/2015-03-31/event-source-mappings",
                query: ["EventSourceArn": "EventSourceArn", "FunctionName": "FunctionName", "Marker": "Marker", "MaxItems": "MaxItems"])),
        OperationEntry(UpdateEventSourceMapping.self, http: HTTPBinding("PUT", "/2015-03-31/event-source-mappings/{UUID}", status: 202)),
        OperationEntry(DeleteEventSourceMapping.self, http: HTTPBinding("DELETE", "/2015-03-31/event-source-mappings/{UUID}", status: 202)),
    ] + versionOperations + aliasOperations + permissionOperations + layerOperations + tagOperations + concurrencyOperations
        + codeSigningOperations + runtimeManagementOperations + streamingOperations + functionURLOperations
}
