#ifndef APUS_COpenSSL_H
#define APUS_COpenSSL_H
// The digest functions that work on a plain struct (SHA256_Init ...) carry a deprecation mark since OpenSSL 3.0. They are wanted here:
// they need no fetch, no allocation and no lock per digest, where EVP needs all three.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <openssl/md5.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#endif
