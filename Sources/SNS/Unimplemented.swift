/// What SNS has and Apus doesn't yet.
let unimplementedOperations = [
    "AddPermission", "CheckIfPhoneNumberIsOptedOut", "CreatePlatformApplication", "CreatePlatformEndpoint", "CreateSMSSandboxPhoneNumber", "DeleteEndpoint",
    "DeletePlatformApplication", "DeleteSMSSandboxPhoneNumber", "GetDataProtectionPolicy", "GetEndpointAttributes", "GetPlatformApplicationAttributes",
    "GetSMSAttributes", "GetSMSSandboxAccountStatus", "ListEndpointsByPlatformApplication", "ListOriginationNumbers", "ListPhoneNumbersOptedOut",
    "ListPlatformApplications", "ListSMSSandboxPhoneNumbers", "ListTagsForResource", "OptInPhoneNumber", "PutDataProtectionPolicy", "RemovePermission",
    "SetEndpointAttributes", "SetPlatformApplicationAttributes", "SetSMSAttributes", "TagResource", "UntagResource", "VerifySMSSandboxPhoneNumber",
]
