#include "check_model.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[256];

const char *scratch(const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof paths[0], "%s/%s", root, name);
    return path;
}

void write_bytes(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
}

void write_string(const char *path, const char *string)
{
    write_bytes(path, string, strlen(string));
}

void write_safetensors(const char *path, const char *header, size_t header_length, const void *data,
                       size_t data_length)
{
    char *bytes = calloc(8 + header_length + data_length + 1, 1);

    ck_assert_ptr_nonnull(bytes);
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(header_length >> (8 * i));
    memcpy(bytes + 8, header, header_length);
    if (data != NULL)
        memcpy(bytes + 8 + header_length, data, data_length);
    write_bytes(path, bytes, 8 + header_length + data_length);
    free(bytes);
}

void make_directory(const char *path)
{
    ck_assert_int_eq(mkdir(path, 0700), 0);
}

const char *demo_models(void)
{
    const char *path = getenv("BILENS_TEST_MODELS");
    return path != NULL ? path : getenv("BILENS_MODEL_PATH");
}

/* Two levels are all that the tests make. */
static void remove_all(const char *path, int levels)
{
    DIR *directory = levels > 0 ? opendir(path) : NULL;
    const struct dirent *entry;

    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        char inner[600];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(inner, sizeof inner, "%.300s/%.255s", path, entry->d_name);
        remove_all(inner, levels - 1);
    }
    if (directory != NULL)
        closedir(directory);
    remove(path);
}

int main(void)
{
    const char *base = getenv("TMPDIR");
    SRunner *runner;
    Suite *suite = suite_create("model");
    int failed;

    snprintf(root, sizeof root, "%.200s/bilens-check-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(root) == NULL)
        return EXIT_FAILURE;
    suite_add_tcase(suite, array_case());
    suite_add_tcase(suite, csv_case());
    suite_add_tcase(suite, json_case());
    suite_add_tcase(suite, safetensors_case());
    suite_add_tcase(suite, dtype_case());
    suite_add_tcase(suite, mapping_case());
    suite_add_tcase(suite, config_case());
    suite_add_tcase(suite, tokenizer_case());
    suite_add_tcase(suite, tokenizer_refused_case());
    suite_add_tcase(suite, tokens_case());
    suite_add_tcase(suite, codes_case());
    suite_add_tcase(suite, layout_case());
    suite_add_tcase(suite, fused_case());
    suite_add_tcase(suite, architecture_case()); /* before load_case changes the environment */
    suite_add_tcase(suite, load_case());
    suite_add_tcase(suite, forward_case());
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    remove_all(root, 3);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
