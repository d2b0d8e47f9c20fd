/// What the service model has and Apus doesn't yet: answered by name with `NotImplementedException`.
let unimplementedOperations = [
    "AssociateSourceToS3TableIntegration", "CancelExportTask", "CancelImportTask", "CreateDelivery", "CreateExportTask", "CreateImportTask",
    "CreateLogAnomalyDetector", "CreateLookupTable", "CreateScheduledQuery", "DeleteAccountPolicy", "DeleteDataProtectionPolicy", "DeleteDelivery",
    "DeleteDeliveryDestination", "DeleteDeliveryDestinationPolicy", "DeleteDeliverySource", "DeleteDestination", "DeleteIndexPolicy",
    "DeleteIntegration", "DeleteLogAnomalyDetector", "DeleteLookupTable", "DeleteQueryDefinition", "DeleteScheduledQuery", "DeleteTransformer",
    "DescribeAccountPolicies", "DescribeConfigurationTemplates", "DescribeDeliveries", "DescribeDeliveryDestinations", "DescribeDeliverySources",
    "DescribeDestinations", "DescribeExportTasks", "DescribeFieldIndexes", "DescribeImportTaskBatches", "DescribeImportTasks",
    "DescribeIndexPolicies", "DescribeLookupTables", "DescribeQueryDefinitions", "DisassociateSourceFromS3TableIntegration",
    "GetDataProtectionPolicy", "GetDelivery", "GetDeliveryDestination", "GetDeliveryDestinationPolicy", "GetDeliverySource", "GetIntegration",
    "GetLogAnomalyDetector", "GetLogFields", "GetLogGroupFields", "GetLogObject", "GetLogRecord", "GetLookupTable",
    "GetScheduledQuery", "GetScheduledQueryHistory", "GetTransformer", "ListAggregateLogGroupSummaries", "ListAnomalies", "ListIntegrations",
    "ListLogAnomalyDetectors", "ListLogGroupsForQuery", "ListScheduledQueries", "ListSourcesForS3TableIntegration", "PutAccountPolicy",
    "PutBearerTokenAuthentication", "PutDataProtectionPolicy", "PutDeliveryDestination", "PutDeliveryDestinationPolicy", "PutDeliverySource",
    "PutDestination", "PutDestinationPolicy", "PutIndexPolicy", "PutIntegration", "PutQueryDefinition", "PutTransformer", "StartLiveTail",
    "TestTransformer", "UpdateAnomaly", "UpdateDeliveryConfiguration", "UpdateLogAnomalyDetector", "UpdateLookupTable",
    "UpdateScheduledQuery",
]
