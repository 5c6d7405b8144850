/* What the native side alone costs: the bare calls from C, a round of them for each line on stdin.
 *
 * "query 200" is answered by the seconds that one QuerySecurityPackageInfoW and FreeContextBuffer
 * took on average over 200 of them, "enumerate 200" likewise. */

#define SECURITY_WIN32
#include <windows.h>
#include <security.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    char call[16];
    int count;
    LARGE_INTEGER frequency, start, end;
    QueryPerformanceFrequency(&frequency);
    while (scanf("%15s %d", call, &count) == 2) {
        int query = !strcmp(call, "query");
        QueryPerformanceCounter(&start);
        for (int i = 0; i < count; i++) {
            PSecPkgInfoW packages = NULL;
            ULONG packages_count = 0;
            if (query ? QuerySecurityPackageInfoW(L"NTLM", &packages)
                      : EnumerateSecurityPackagesW(&packages_count, &packages)) {
                return 1;
            }
            FreeContextBuffer(packages);
        }
        QueryPerformanceCounter(&end);
        printf("%.12f\n", (double)(end.QuadPart - start.QuadPart) / (double)frequency.QuadPart / count);
        fflush(stdout);
    }
    return 0;
}
