import Foundation
import Synchronization

/// Real certificates for the lab's VPNs: an authority of easy-rsa, made once per test process in the lab's folder.
enum OpenVPNKeys {
  static let program = "/usr/share/easy-rsa/easyrsa"

  /// A certificate with its key and the authority's certificate, as PEM text.
  struct Identity {
    let authority: String
    let certificate: String
    let key: String

    /// As inline blocks of a configuration.
    var inline: String {
      "<ca>\n\(authority)</ca>\n<cert>\n\(certificate)</cert>\n<key>\n\(key)</key>\n"
    }
  }

  enum Role: String { case server, client }

  private static let authority = Mutex(false)

  /// The identity of `name`, made when it is first asked for. Elliptic keys: 2048 bits of RSA take a second each.
  static func identity(_ name: String, _ role: Role) throws -> Identity {
    try authority.withLock { exists in
      if !exists {
        try Lab.opened.get()
        try call("init-pki")
        try call("build-ca", "nopass")
        exists = true
      }
      if !FileManager.default.fileExists(atPath: "\(folder)/issued/\(name).crt") {
        try call("build-\(role.rawValue)-full", name, "nopass")
      }
      return Identity(
        authority: try text("ca.crt"), certificate: try text("issued/\(name).crt"),
        key: try text("private/\(name).key"))
    }
  }

  private static let folder = "\(Lab.folder)/pki"

  private static func call(_ words: String...) throws {
    let settings = [
      "EASYRSA": "/usr/share/easy-rsa", "EASYRSA_PKI": folder, "EASYRSA_BATCH": "1", "EASYRSA_ALGO": "ec",
      "EASYRSA_CURVE": "prime256v1",
    ]
    let result = try Command([program] + words, in: Lab.folder, environment: settings).wait(timeout: .seconds(30))
    guard result.status == 0 else {
      throw LabError("easyrsa \(words.joined(separator: " ")): \(result.stdout)\(result.stderr)")
    }
  }

  /// The PEM block alone: a certificate's file has its text before it.
  private static func text(_ name: String) throws -> String {
    let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
    guard let start = text.range(of: "-----BEGIN") else { throw LabError("\(name) is no PEM file") }
    return String(text[start.lowerBound...])
  }
}
