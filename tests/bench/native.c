/* What one query costs in C: for each number on stdin, the seconds that a query took on average
 * over that many, after a quarter as many that are not timed, as in bench.py. */

#define SECURITY_WIN32
#include <windows.h>
#include <security.h>
#include <stdio.h>

int main(void) {
    int count;
    LARGE_INTEGER frequency, start, end;
    QueryPerformanceFrequency(&frequency);
    while (scanf("%d", &count) == 1) {
        for (int i = -count / 4; i < count; i++) {
            if (i == 0) {
                QueryPerformanceCounter(&start);
            }
            PSecPkgInfoW package = NULL;
            if (QuerySecurityPackageInfoW(L"NTLM", &package)) {
                return 1;
            }
            FreeContextBuffer(package);
        }
        QueryPerformanceCounter(&end);
        printf("%.12f\n", (double)(end.QuadPart - start.QuadPart) / (double)frequency.QuadPart / count);
        fflush(stdout);
    }
    return 0;
}
