import Kernel

/// What the two endpoints answer.
extension DynamoDBService {
    static let model = ServiceModel(
        signingName: "dynamodb", protocols: [.awsJSON10], targetPrefix: "DynamoDB_20120810", apiVersion: "2012-08-10",
        errorNamespace: "com.amazonaws.dynamodb.v20120810", bodyLimit: 16 << 20, requestIDForm: .base32, sendsChecksum: true)

    static let streamsModel = ServiceModel(
        signingName: "dynamodb", hostPrefixes: ["streams.dynamodb"], protocols: [.awsJSON10], targetPrefix: "DynamoDBStreams_20120810", apiVersion: "2012-08-10",
        errorNamespace: "com.amazonaws.dynamodb.v20120810", bodyLimit: 16 << 20, requestIDForm: .base32, sendsChecksum: true)

    static var operations: [OperationEntry<DynamoDBService>] {
        [
            OperationEntry(CreateTable.self), OperationEntry(DescribeTable.self), OperationEntry(UpdateTable.self),
            OperationEntry(DeleteTable.self), OperationEntry(ListTables.self),
            OperationEntry(PutItem.self), OperationEntry(GetItem.self), OperationEntry(UpdateItem.self), OperationEntry(DeleteItem.self),
            OperationEntry(BatchWriteItem.self), OperationEntry(BatchGetItem.self),
            OperationEntry(Query.self), OperationEntry(Scan.self),
            OperationEntry(TransactWriteItems.self), OperationEntry(TransactGetItems.self),
            OperationEntry(TagResource.self), OperationEntry(UntagResource.self), OperationEntry(ListTagsOfResource.self),
            OperationEntry(UpdateTimeToLive.self), OperationEntry(DescribeTimeToLive.self),
            OperationEntry(PutResourcePolicy.self), OperationEntry(GetResourcePolicy.self), OperationEntry(DeleteResourcePolicy.self),
            OperationEntry(UpdateContributorInsights.self), OperationEntry(DescribeContributorInsights.self), OperationEntry(ListContributorInsights.self),
            OperationEntry(EnableKinesisStreamingDestination.self), OperationEntry(UpdateKinesisStreamingDestination.self),
            OperationEntry(DescribeKinesisStreamingDestination.self), OperationEntry(DisableKinesisStreamingDestination.self),
            OperationEntry(ExportTableToPointInTime.self), OperationEntry(DescribeExport.self), OperationEntry(ListExports.self),
            OperationEntry(ImportTable.self), OperationEntry(DescribeImport.self), OperationEntry(ListImports.self),
            OperationEntry(CreateBackup.self), OperationEntry(DescribeBackup.self), OperationEntry(ListBackups.self), OperationEntry(DeleteBackup.self), OperationEntry(RestoreTableFromBackup.self),
            OperationEntry(DescribeContinuousBackups.self), OperationEntry(UpdateContinuousBackups.self), OperationEntry(RestoreTableToPointInTime.self),
            OperationEntry(ExecuteStatement.self), OperationEntry(BatchExecuteStatement.self), OperationEntry(ExecuteTransaction.self),
            OperationEntry(CreateGlobalTable.self), OperationEntry(UpdateGlobalTable.self), OperationEntry(DescribeGlobalTable.self), OperationEntry(ListGlobalTables.self),
            OperationEntry(DescribeGlobalTableSettings.self), OperationEntry(UpdateGlobalTableSettings.self),
            OperationEntry(DescribeTableReplicaAutoScaling.self), OperationEntry(UpdateTableReplicaAutoScaling.self),
            OperationEntry(DescribeEndpoints.self), OperationEntry(DescribeLimits.self),
        ]
    }

    static var streamsOperations: [OperationEntry<DynamoDBService>] {
        [
            OperationEntry(ListStreams.self), OperationEntry(DescribeStream.self), OperationEntry(GetShardIterator.self), OperationEntry(GetRecords.self),
        ]
    }
}
