/* What somebody might plant beside python.exe under the name secur32.dll: of NTLM, its only package,
 * it says that a token has 7 bytes. The rest is there so that sspilib can be loaded on it. */

#include <windows.h>

#define EXPORT __declspec(dllexport)

static struct {
    ULONG fCapabilities;
    USHORT wVersion, wRPCID;
    ULONG cbMaxToken;
    const WCHAR *Name, *Comment;
} package = {0, 1, 0xFFFF, 7, L"NTLM", L""};

EXPORT LONG WINAPI EnumerateSecurityPackagesW(ULONG *count, void **packages) {
    *count = 1;
    *packages = &package;
    return 0;
}

EXPORT LONG WINAPI QuerySecurityPackageInfoW(const WCHAR *name, void **answer) {
    (void)name;
    *answer = &package;
    return 0;
}

EXPORT LONG WINAPI FreeContextBuffer(void *buffer) { return buffer != &package; }

#define NOT_CALLED(name) \
    EXPORT void name(void) {}
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
