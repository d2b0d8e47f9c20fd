import Kernel

/// Loops of functions with queues, topics or each other are stopped.
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
extension Function {
    /// So often a function may be invoked in one chain of causes.
    static let recursionLimit = 16

    /// The trace as the function is given it.
    /// - Throws: where the trace has led here too often.
    func follow(_ trace: TraceID) throws(AWSError) -> TraceID {
        var trace = trace
        let lineage = trace.lineage?.followed(by: arn) ?? Lineage(arn)
        guard lineage.repetitions < Self.recursionLimit || allowsRecursion else {
            // The words are the service model's of the error.
            throw .lambda(
                "RecursiveInvocationException",
                "Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your function's invocation.", status: 400)
        }
        trace.lineage = lineage
        return trace
    }
}
