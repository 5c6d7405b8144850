/* What somebody might plant beside python.exe under the name secur32.dll: of NTLM, its only package,
 * it says that a token has 7 bytes. The rest is there so that sspilib can be loaded on it. */

#include "faults.c"

API struct Faults faults = {.packages = 1, .max_token = 7, .name = u"NTLM"};

#define NOT_CALLED(name) \
    API void name(void) {}
NOT_CALLED(AcceptSecurityContext)
NOT_CALLED(AcquireCredentialsHandleW)
NOT_CALLED(CompleteAuthToken)
NOT_CALLED(DecryptMessage)
NOT_CALLED(DeleteSecurityContext)
NOT_CALLED(EncryptMessage)
NOT_CALLED(FreeCredentialsHandle)
NOT_CALLED(InitializeSecurityContextW)
NOT_CALLED(MakeSignature)
NOT_CALLED(QueryContextAttributesW)
NOT_CALLED(SetCredentialsAttributesW)
NOT_CALLED(VerifySignature)
