import Kernel

extension LambdaService {
    /// What AWS has and Apus hasn't yet, with its places in HTTP, as the service model has them.
    static let unimplemented: [(name: String, http: HTTPBinding)] = [
        ("CheckpointDurableExecution", HTTPBinding("POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint")),
        ("CreateCapacityProvider", HTTPBinding("POST", "/2025-11-30/capacity-providers")),
        ("DeleteCapacityProvider", HTTPBinding("DELETE", "/2025-11-30/capacity-providers/{CapacityProviderName}")),
        ("GetCapacityProvider", HTTPBinding("GET", "/2025-11-30/capacity-providers/{CapacityProviderName}")),
        ("GetDurableExecution", HTTPBinding("GET", "/2025-12-01/durable-executions/{DurableExecutionArn}")),
        ("GetDurableExecutionHistory", HTTPBinding("GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/history")),
        ("GetDurableExecutionState", HTTPBinding("GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/state")),
        ("ListCapacityProviders", HTTPBinding("GET", "/2025-11-30/capacity-providers")),
        ("ListDurableExecutionsByFunction", HTTPBinding("GET", "/2025-12-01/functions/{FunctionName}/durable-executions")),
        ("ListFunctionVersionsByCapacityProvider", HTTPBinding("GET", "/2025-11-30/capacity-providers/{CapacityProviderName}/function-versions")),
        ("SendDurableExecutionCallbackFailure", HTTPBinding("POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/fail")),
        ("SendDurableExecutionCallbackHeartbeat", HTTPBinding("POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat")),
        ("SendDurableExecutionCallbackSuccess", HTTPBinding("POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/succeed")),
        ("StopDurableExecution", HTTPBinding("POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/stop")),
        ("UpdateCapacityProvider", HTTPBinding("PUT", "/2025-11-30/capacity-providers/{CapacityProviderName}")),
    ]
}
