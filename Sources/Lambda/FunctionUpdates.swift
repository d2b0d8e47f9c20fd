import JSON
import Kernel

/// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
enum UpdateFunctionConfiguration: Operation {
    struct Input {
        var name: String
        var settings: FunctionSettings
        var revisionID: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let name = try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint)
        let settings = try FunctionSettings(&fields, of: "UpdateFunctionConfiguration")
        return Input(name: name, settings: settings, revisionID: try fields.string("RevisionId"))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> FunctionVersion {
        var function = try lambda.target(input.name, call).function
        try function.latest.check(input.revisionID)
        try lambda.checkSettled(function.latest)
        input.settings.apply(to: &function.latest)
        try input.settings.check(function.latest)
        if let layers = input.settings.layers { function.latest.settings.layers = try lambda.layers(layers, of: function.latest) }
        try lambda.checkRunnable(function.latest, tags: function.tags)
        function.latest.touch(lambda, call.now)
        lambda.keep(function)
        return function.latest
    }

    static func write(_ version: FunctionVersion) -> Reply { Reply(.object(version.configuration())) }
}

extension FunctionVersion {
    func check(_ expected: String?) throws(AWSError) {
        guard let expected, expected != revisionID else { return }
        throw .staleRevision()
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
enum UpdateFunctionCode: Operation {
    struct Input {
        var name: String
        var code: CodeSource
        var architecture: String?
        var isDryRun: Bool
        var publishes: Bool
        var revisionID: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let name = try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint)
        let code = try CodeSource(&fields)
        try fields.refuse("UpdateFunctionCode", "PublishTo")
        return Input(
            name: name, code: code, architecture: try DeploymentPackage.architecture(&fields), isDryRun: try fields.bool("DryRun") ?? false,
            publishes: try fields.bool("Publish") ?? false, revisionID: try fields.string("RevisionId"))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> FunctionVersion {
        var function = try lambda.target(input.name, call).function
        try function.latest.check(input.revisionID)
        try lambda.checkSettled(function.latest)
        let package = try Self.package(input.code, &function.latest, lambda, call)
        function.latest.settings.sourceKeyARN = input.code.keyARN
        function.latest.architecture = input.architecture ?? function.latest.architecture
        try lambda.checkSize(of: function.latest)
        try lambda.checkRunnable(function.latest, tags: function.tags)
        function.latest.touch(lambda, call.now)
        if input.isDryRun { return function.latest }
        lambda.keep(function, package: package)
        return input.publishes ? lambda.publish(&function, status: lambda.created(call.now)) : function.latest
    }

    /// - Returns: the archive's bytes; `nil` for an image.
    private static func package(_ code: CodeSource, _ version: inout FunctionVersion, _ lambda: LambdaService, _ call: Call) throws(AWSError) -> [UInt8]? {
        guard version.settings.imageURI != nil else {
            guard code.imageURI == nil else { throw .invalidParameter("Please don't provide ImageUri when updating a function with packageType Zip.") }
            let package = try code.package(lambda, call, for: "UpdateFunctionCode")
            version.take(package)
            return package.bytes
        }
        guard let uri = code.imageURI, !uri.isEmpty, code.zip == nil, code.bucket == nil else {
            throw .invalidParameter("Please provide ImageUri when updating a function with packageType Image.")
        }
        version.take(imageURI: uri)
        return nil
    }

    static func write(_ version: FunctionVersion) -> Reply { Reply(.object(version.configuration())) }
}
