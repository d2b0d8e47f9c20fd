/// A program that runs a function's handler: it asks the Runtime API (2018-06-01) for events, calls the handler and posts its answers, as AWS's
/// runtime interface clients do for managed runtimes.
///
/// Written once to a directory (any that no function sees as its own), run with that file and, optionally, the directory that takes the place
/// of `/opt` (where layers are unpacked) as arguments: `python3.12 DIR/bootstrap.py LAYERS`. Everything else it takes from the environment:
/// `AWS_LAMBDA_RUNTIME_API`, `_HANDLER`, `LAMBDA_TASK_ROOT` and what AWS sets besides.
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
package struct Bootstrap: Sendable {
    /// What the file must be called: handlers see it in stack traces.
    package let fileName: String
    /// The program's text, in UTF-8.
    package let bytes: [UInt8]

    /// For `python3.x`.
    package static let python = Bootstrap(fileName: "bootstrap.py", bytes: PackageResources.bootstrap_py)
    /// For `python2.7`.
    package static let python2 = Bootstrap(fileName: "bootstrap2.py", bytes: PackageResources.bootstrap2_py)
    /// For `nodejs*`.
    package static let node = Bootstrap(fileName: "bootstrap.cjs", bytes: PackageResources.bootstrap_cjs)

    package static let all = [python, python2, node]
}
