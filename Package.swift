// swift-tools-version: 6.2
import PackageDescription

/// Apus uses no Swift packages: the toolchain and a few C libraries of the system are all it stands on.
/// The floors (which target may import which) are held by `Tests/HouseRulesTests`.

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func target(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: path, exclude: ["README.md"], swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: settings)
}

let package = Package(
    name: "apus",
    products: [
        .library(name: "Cloud", targets: ["Cloud"]),
        .library(name: "LambdaRuntime", targets: ["LambdaRuntime"]),
        .executable(name: "apus", targets: ["apus"]),
    ],
    targets: [
        // Floor 0: no dependency but the system's.
        .target(name: "CLinux"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "Bootstraps", exclude: ["README.md"],
            resources: [.embedInCode("bootstrap.py"), .embedInCode("bootstrap2.py"), .embedInCode("bootstrap.cjs")], swiftSettings: settings),
        target("Collections"),
        target("JSON"),
        target("Crypto", ["COpenSSL"]),
        target("Compression", ["CZlib"]),
        target("EventLoop", ["CLinux", "Collections"]),

        // Floor 1.
        target("Kernel", ["Collections", "EventLoop", "JSON"]),

        // Floor 2: pure modules.
        target("SigV4", ["Kernel", "Crypto"]),
        target("YAML", ["JSON", "CYAML"]),
        target("EventPatterns", ["Kernel", "JSON"]),

        // Floor 3.
        target("Wire", ["Kernel", "JSON", "SigV4", "Compression"]),
        target("HTTPServer", ["Kernel", "EventLoop", "Collections", "CLinux"]),
        target("Storage", ["Kernel", "EventLoop", "CSQLite"]),
        target("Processes", ["Kernel", "EventLoop", "CLinux", "Compression"]),

        // Floor 4: one AWS service each.
        target("DynamoDB", ["Kernel", "JSON", "Collections", "Crypto"]),
        target("Lambda", ["Kernel", "JSON", "Collections", "Compression", "Crypto", "EventPatterns"]),
        target("APIGateway", ["Kernel", "JSON", "YAML", "Collections"]),
        target("CloudWatchLogs", ["Kernel", "JSON", "Collections", "Compression"]),
        target("SES", ["Kernel", "JSON"]),
        target("SNS", ["Kernel", "JSON", "Collections", "Crypto", "EventPatterns"]),
        target("SQS", ["Kernel", "JSON", "Collections", "Crypto", "EventLoop"]),

        // Floor 5 and 6.
        target("Cloud", ["Kernel", "JSON", "EventLoop", "Wire", "HTTPServer", "Storage", "SigV4", "DynamoDB", "Lambda", "APIGateway", "CloudWatchLogs", "SES", "SNS", "SQS", "LambdaRuntime", "Bootstraps", "Compression", "Processes"]),
        .target(
            name: "Demos", dependencies: ["Cloud", "Boletia", "LambdaRuntime", "Kernel", "JSON", "HTTPServer"], exclude: ["README.md"],
            resources: [.embedInCode("boletia-oas30-apigateway.yaml")], swiftSettings: settings),
        .executableTarget(name: "apus", dependencies: ["Cloud", "Demos", "Boletia", "Lottery", "Transactions", "Kernel", "EventLoop"], swiftSettings: settings),

        // What a Swift handler imports.
        target("LambdaRuntime", ["Kernel", "JSON", "EventLoop", "SigV4", "HTTPServer", "Compression"]),
        target("Boletia", ["LambdaRuntime"], path: "lambdas/Boletia"),
        target("Lottery", ["LambdaRuntime"], path: "lambdas/Lottery"),
        target("Transactions", ["LambdaRuntime"], path: "lambdas/Transactions"),
        .executableTarget(name: "bootstrap", dependencies: ["Boletia", "LambdaRuntime", "Lottery", "Transactions"], path: "lambdas/bootstrap", swiftSettings: settings),

        .executableTarget(name: "apus-bench", dependencies: ["CLinux", "Cloud", "Compression", "JSON", "LambdaRuntime", "bootstrap"], path: "Benchmarks/apus-bench", swiftSettings: settings),

        // Tests mirror the sources.
        tests("BootstrapsTests", ["Bootstraps"]),
        tests("CollectionsTests", ["Collections"]),
        tests("EventLoopTests", ["EventLoop", "CLinux"]),
        tests("HTTPServerTests", ["HTTPServer", "Kernel", "EventLoop", "CLinux"]),
        tests("JSONTests", ["JSON"]),
        tests("CloudTests", ["Cloud", "Kernel", "JSON"]),
        tests("HouseRulesTests", []),
        .testTarget(name: "SystemsTests", dependencies: ["Boletia", "Cloud", "Compression", "Demos", "HTTPServer", "JSON", "Kernel", "LambdaRuntime", "Lottery", "Transactions", "bootstrap"], path: "Tests/Systems", swiftSettings: settings),
        tests("DynamoDBTests", ["DynamoDB", "Kernel", "JSON"]),
        tests("CryptoTests", ["Crypto"]),
        tests("KernelTests", ["Kernel", "EventLoop", "JSON", "Collections"]),
        tests("StorageTests", ["Storage", "Kernel"]),
        tests("ProcessesTests", ["Processes", "Kernel", "EventLoop", "CLinux", "Compression"]),
        tests("CloudWatchLogsTests", ["CloudWatchLogs", "Lambda", "Kernel", "JSON", "Compression"]),
        tests("SESTests", ["SES", "Kernel", "JSON"]),
        tests("SNSTests", ["SNS", "SQS", "Lambda", "Kernel", "JSON"]),
        tests("SQSTests", ["SQS", "Kernel", "JSON"]),
        tests("CompressionTests", ["Compression"]),
        tests("SigV4Tests", ["SigV4", "Kernel", "Crypto"]),
        tests("WireTests", ["Wire", "Kernel", "JSON", "SigV4", "Compression", "EventLoop"]),
        tests("LambdaTests", ["Lambda", "SQS", "SNS", "Kernel", "JSON", "Compression", "Crypto"]),
        tests("YAMLTests", ["YAML", "JSON"]),
        tests("EventPatternsTests", ["EventPatterns", "Kernel", "JSON"]),
        tests("FuzzTests", ["CloudWatchLogs", "Compression", "DynamoDB", "EventPatterns", "HTTPServer", "JSON", "Kernel", "SigV4", "YAML"]),
        tests("APIGatewayTests", ["APIGateway", "Kernel", "JSON"]),
        tests("LambdaRuntimeTests", ["LambdaRuntime", "HTTPServer", "Kernel", "JSON", "Compression"]),
        tests("BoletiaTests", ["Boletia", "LambdaRuntime", "HTTPServer", "Kernel", "JSON"]),
        tests("HandlersTests", ["Lottery", "Transactions", "LambdaRuntime", "HTTPServer", "Kernel", "JSON"]),
    ],
    swiftLanguageModes: [.v6]
)
