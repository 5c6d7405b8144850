/* What somebody might plant beside python.exe under the name secur32.dll: it does nothing but leave
 * a mark when it is loaded, the file that the environment names. */

#include <windows.h>

BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, LPVOID reserved) {
    (void)library, (void)reserved;
    char mark[MAX_PATH];
    if (reason == DLL_PROCESS_ATTACH && GetEnvironmentVariableA("PLANTED_MARK", mark, sizeof mark)) {
        CloseHandle(CreateFileA(mark, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
    }
    return TRUE;
}
