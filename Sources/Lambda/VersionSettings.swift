import Crypto
import JSON
import Kernel

/// What an image function runs in place of the image's own settings; `nil` where the image's own stand.
/// https://docs.aws.amazon.com/lambda/latest/api/API_ImageConfig.html
struct ImageConfiguration: Sendable, Equatable {
    var entryPoint: [String]?
    var command: [String]?
    var workingDirectory: String?

    var isEmpty: Bool { entryPoint == nil && command == nil && workingDirectory == nil }

    var document: Document {
        var members = Members()
        if let entryPoint { members.append("EntryPoint", .array(entryPoint.map { .string($0) })) }
        if let command { members.append("Command", .array(command.map { .string($0) })) }
        if let workingDirectory { members.append("WorkingDirectory", .string(workingDirectory)) }
        return .object(members)
    }

    init(entryPoint: [String]? = nil, command: [String]? = nil, workingDirectory: String? = nil) {
        self.entryPoint = entryPoint
        self.command = command
        self.workingDirectory = workingDirectory
    }

    init(document: Document) {
        entryPoint = document["EntryPoint"]?.array?.compactMap(\.string)
        command = document["Command"]?.array?.compactMap(\.string)
        workingDirectory = document["WorkingDirectory"]?.string
    }
}

/// The network that a function was given. Kept and shown: there are no networks here.
/// https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfigResponse.html
struct VPCConfiguration: Sendable, Equatable {
    var subnets: [String] = []
    var securityGroups: [String] = []
    var allowsIPv6 = false

    /// The id of the network that the subnets would be in: the same for the same subnets.
    var vpcID: String { subnets.isEmpty ? "" : "vpc-" + Hexadecimal.encode(SHA256.hash(Array(subnets.sorted().joined(separator: " ").utf8))).prefix(17) }

    var document: Document {
        [
            "SubnetIds": .array(subnets.map { .string($0) }), "SecurityGroupIds": .array(securityGroups.map { .string($0) }), "VpcId": .string(vpcID),
            "Ipv6AllowedForDualStack": .bool(allowsIPv6),
        ]
    }

    init(subnets: [String] = [], securityGroups: [String] = [], allowsIPv6: Bool = false) {
        self.subnets = subnets
        self.securityGroups = securityGroups
        self.allowsIPv6 = allowsIPv6
    }

    init(document: Document) {
        subnets = document["SubnetIds"]?.array?.compactMap(\.string) ?? []
        securityGroups = document["SecurityGroupIds"]?.array?.compactMap(\.string) ?? []
        allowsIPv6 = document["Ipv6AllowedForDualStack"] == .bool(true)
    }
}

/// A file system that a function would find under a path. Kept and shown: nothing is mounted.
struct FileSystem: Sendable, Equatable {
    var arn: String
    var path: String

    var document: Document { ["Arn": .string(arn), "LocalMountPath": .string(path)] }
}

/// A version of a layer, as a function that uses it names it.
struct LayerReference: Sendable, Equatable {
    var arn: String
    /// Bytes of the archive.
    var codeSize: Int

    var document: Document { ["Arn": .string(arn), "CodeSize": .int(codeSize)] }
}

/// What a version was given besides the members that every function has.
struct VersionSettings: Sendable, Equatable {
    /// Of an image function; it has no deployment package.
    var imageURI: String?
    var image = ImageConfiguration()
    var layers: [LayerReference] = []
    var vpc: VPCConfiguration?
    var fileSystems: [FileSystem] = []
    var appliesSnapStart = false
    /// The key that the package is kept under.
    var sourceKeyARN: String?
    /// Bytes of what is in the deployment package.
    var unzippedSize = 0

    // MARK: The journal's form

    var kept: Document {
        var members: Members = ["unzippedSize": .int(unzippedSize)]
        members["imageURI"] = imageURI.map { .string($0) }
        if !image.isEmpty { members["image"] = image.document }
        if !layers.isEmpty { members["layers"] = .array(layers.map(\.document)) }
        members["vpc"] = vpc?.document
        if !fileSystems.isEmpty { members["fileSystems"] = .array(fileSystems.map(\.document)) }
        if appliesSnapStart { members["appliesSnapStart"] = true }
        members["sourceKeyARN"] = sourceKeyARN.map { .string($0) }
        return .object(members)
    }

    init() {}

    init(kept: Document) {
        imageURI = kept["imageURI"]?.string
        image = kept["image"].map { ImageConfiguration(document: $0) } ?? image
        layers = (kept["layers"]?.array ?? []).compactMap { layer in
            guard let arn = layer["Arn"]?.string, let size = layer["CodeSize"]?.int else { return nil }
            return LayerReference(arn: arn, codeSize: size)
        }
        vpc = kept["vpc"].map { VPCConfiguration(document: $0) }
        fileSystems = (kept["fileSystems"]?.array ?? []).compactMap { system in
            guard let arn = system["Arn"]?.string, let path = system["LocalMountPath"]?.string else { return nil }
            return FileSystem(arn: arn, path: path)
        }
        appliesSnapStart = kept["appliesSnapStart"] == .bool(true)
        sourceKeyARN = kept["sourceKeyARN"]?.string
        unzippedSize = kept["unzippedSize"]?.int ?? 0
    }
}
