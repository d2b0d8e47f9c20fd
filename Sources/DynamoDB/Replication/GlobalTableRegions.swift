import Kernel

/// Where replicas can be.
enum GlobalTableRegions {
    /// Of the partition `aws`. The beginning of the order is as recorded of AWS; the rest is a guess.
    private static let aws = [
        "ap-south-2", "ap-south-1", "eu-south-1", "eu-south-2", "me-central-1", "il-central-1", "ca-central-1", "ap-east-2", "mx-central-1", "eu-central-1",
        "eu-central-2", "us-west-1", "us-west-2", "af-south-1", "eu-north-1", "eu-west-3", "eu-west-2", "eu-west-1", "ap-northeast-3", "ap-northeast-2",
        "me-south-1", "ap-northeast-1", "sa-east-1", "ap-east-1", "ca-west-1", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4",
        "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "us-east-1", "us-east-2",
    ]

    /// The regions of the region's partition.
    static func supported(with region: String) -> [String] {
        switch Partition(region: region) {
        case .aws: aws
        case .china: ["cn-north-1", "cn-northwest-1"]
        case .usGov: ["us-gov-east-1", "us-gov-west-1"]
        }
    }

    static func isSupported(_ region: String, with other: String) -> Bool { supported(with: other).contains(region) }

    /// Those in which strong consistency is offered.
    /// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    static let strong: Set = [
        "us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
    ]

    /// Those in which version 2017.11.29 was offered, as AWS lists them.
    static let legacy = [
        "eu-west-2", "eu-west-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-2", "eu-central-1", "ap-northeast-1", "us-east-1", "us-east-2",
        "us-west-1", "us-west-2",
    ]
}
