import Crypto
import Kernel

/// The key that notifications are signed with, and its certificate. Both are the same in every Apus: they prove nothing, but whoever verifies a notification against the
/// certificate at its `SigningCertURL` does all that it would do with AWS's. Same messages, same signatures.
package enum SigningKey {
    /// PKCS #1, in base 64.
    private static let encoded = """
        MIIEowIBAAKCAQEAux3eTZCH1IKWmWCAb8yqbVy587d/xgLwUoPMgKsw+9gy4Yw2QK42NQjnx2IlBM39kWM/Wn5KN+LwTHlgN2Z/UFKAwoDfQxRX1m+VK3YPweeMXNVSQ7t/rejnq+B7\
        3dQggmDZwrWxSgO/Josec3xbsuQJAhE2wT7KPhpwflCB34qLFz4u4Yh4RTAga7Oz1tY97xWqCTtoyOP7f9lP70wDGzZECpOQVIKZ9TFOo/kLh8H9hl4sNfwlpINlfQzDenCt8lNfJ3AN\
        68NL/+Cql0G1oxZgjYuRbzg8yPEAc6Bzv0g2BGWOYfcpAerLjZ2eSFu22k0q/BI/PeTeQOzCQvla3QIDAQABAoIBAAFAgWjGc0o2N3i+Pw3AclF6AdqCG05BXcdHj3o66wB8YVbF/+Tt\
        5Xn0XcylOPcvw6cR4W4jEy8NiysP0td8DZUFgEwM3bGOtMnABGD+kLts57EFUmAWpJOOz+IEBgAld7Q3nq1hVtbWcJR68NC3/8sSIIdNgy7G00aYGbGWq0/KFBF3VL5fvwLFJz5tqNyW\
        TWJhdUeNsv60EeSuF7Hq2JUY3ebX+FIZnoYBsgfKQHmSvRNL9AB4eL6etXCuQbmg0hbwysZRfINNbWPClOuwMA78teTim4VCZKXggHjJXNRABX/t3PzA6UtHs9Kev0NfYSFvu4F+XNLU\
        uEQGE+BzCwECgYEA+CYU4AIZsnaQLSp3Kt1erwCTDc0k3yDNBplR7OIRYrbBjCzHfrUIk2Zj0UL+bkKbFqq22nbNqdipy/wRIJFVB2FnQcCLRL1sPjYhkB0z/AC8lnIx1NR1FbwwfZnB\
        4D8Wt3M0ZwgxpeaxASE8FOMApx61j0GU4J+Oa78BLKoDTF0CgYEAwQlyvtgkHMj7mZeyS4fSELjkTf9iZ4+IKLaqMkxBoeKWlGxSP7Px7Razx9KoJIYfObz8rEgZoft1JkQm5Kf8lOY6\
        ODFSo/DIfg/R+MAMHx1gkpbTOVNL0V066EPtZVBohLnYwWhtCY/9Tne5d8/RR+LJjsCyT55P+A61o+KRYIECgYEAsLAs3POh6HiTYBWElHjbGjCGhKU1Q8rPMYup0cmGJ4uJdI3N3mJ4\
        oLufBzl0gH3cf98+I3/EINOs0xm/+DiDGqY4J5E5mNBnakSQ0VR5102O+nCFGs3MMJW20TfR3CIPwr+86D/lWgNQtUU8yoJ3zIcJL9+6adYySnXOGEdV4eECgYAWEUJw1ryqHb/FezYC\
        tHArQTe4Qu248Qubu+YRAe6u1vxn00pDxgpuFB5RRZ+7LSn8q8Im38cuYVSvHzNjCGEzlG4rZlgQLcJ9xsk2Kp44IF+d4mgbMY6FTKcjTkChSGPqaGSDF7D/WtqWUdF+BN/j2+U20IiR\
        2YNC1EunhIsiAQKBgFmsgnl2Abgrik5e7o8Q/olByAyFX93LmlaW8Y4FcahZLQV5l9Tqcx8WNciLGcW80YhU1pqTXHmAGZLPUa+3vgHC7+5hf2UsiCGGhgwSwWLNCKrWb6UXEsSw37HF\
        bLk+szmwT1muAnynzcgns+EF/OdkB6BVk4zPJam9CZJMnb3u
        """

    /// Where the certificate is: the path of AWS's, but for the digest in its name.
    package static let certificatePath = "/SimpleNotificationService-apus.pem"

    /// X.509, self-signed.
    package static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIDMTCCAhmgAwIBAgIUZZcfLAsmll+5QaCAf77evt+Vjz8wDQYJKoZIhvcNAQEL
        BQAwJzEWMBQGA1UEAwwNc25zLmxvY2FsaG9zdDENMAsGA1UECgwEQXB1czAgFw0y
        NjExMjExNDEwNTVaGA8yMTI2MTAyODE0MTA1NVowJzEWMBQGA1UEAwwNc25zLmxv
        Y2FsaG9zdDENMAsGA1UECgwEQXB1czCCASIwDQYJKoZIhvcNAQEBBQADggEPADCC
        AQoCggEBALsd3k2Qh9SClplggG/Mqm1cufO3f8YC8FKDzICrMPvYMuGMNkCuNjUI
        58diJQTN/ZFjP1p+Sjfi8Ex5YDdmf1BSgMKA30MUV9ZvlSt2D8HnjFzVUkO7f63o
        56vge93UIIJg2cK1sUoDvyaLHnN8W7LkCQIRNsE+yj4acH5Qgd+Kixc+LuGIeEUw
        IGuzs9bWPe8Vqgk7aMjj+3/ZT+9MAxs2RAqTkFSCmfUxTqP5C4fB/YZeLDX8JaSD
        ZX0Mw3pwrfJTXydwDevDS//gqpdBtaMWYI2LkW84PMjxAHOgc79INgRljmH3KQHq
        y42dnkhbttpNKvwSPz3k3kDswkL5Wt0CAwEAAaNTMFEwHQYDVR0OBBYEFEpFb0hC
        Tb1JaRM4Ggc2nR1zBH8gMB8GA1UdIwQYMBaAFEpFb0hCTb1JaRM4Ggc2nR1zBH8g
        MA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAAyD0aDx4KBwTz5F
        xqO+YIS5NFYWo/FTJaXXCME75lAVy1JW2bd+mds2HbhGDxmGoe8/XmZ3cfMqhuAO
        Ma+HaL4ElehduIX/iC9M9K4K2BQ4UI9Dm5E/f1fp9X9ZsBfDSKYmQrUYWjlE3+oF
        OFUEeq4ZKV4fSjjDw5pQ4LXNgOqsO+9Y5bL+N7FM83k9VRV6hY/CrOqVcAWbjeGn
        C5I6bc0/difdn5mT1DF3TETGfqLF6bWnaczWll7QX9OQ/hWVVOh/tix1d5s7/pg+
        jUGdx2OkC1KXc+U6w6TEzWnh7+1PBW+f2QUrZ8axuM6N/zckkRGJfHIESOTFjH42
        9xEtBTg=
        -----END CERTIFICATE-----

        """

    private static let key: RSAPrivateKey? = (try? Base64.decode(encoded)).flatMap { RSAPrivateKey(pkcs1: $0) }

    /// The signature of names and values, each on a line of its own, in base 64.
    /// https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
    /// - Parameter version: `SignatureVersion`: 1 means SHA-1, 2 means SHA-256.
    static func signature(of lines: [(name: String, value: String)], version: String) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(lines.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 2 })
        for (name, value) in lines {
            text += name.utf8
            text.append(UInt8(ascii: "\n"))
            text += value.utf8
            text.append(UInt8(ascii: "\n"))
        }
        return Base64.encode(key?.signature(of: text, version == "2" ? .sha256 : .sha1) ?? [])
    }
}
