public import Flows

/// Reads the plain text of metadata services: one entry per line, folders with a slash at the end.
public enum MetadataListing {
  /// The entries without their slashes, at most `limit`.
  public static func entries(in text: [UInt8], limit: Int = 64) -> [String] {
    let lines = text.split(maxSplits: limit, whereSeparator: { $0 == 10 || $0 == 13 }).prefix(limit)
    return lines.map { line in String(decoding: line.last == UInt8(ascii: "/") ? line.dropLast() : line, as: UTF8.self)
    }
  }

  /// The entries that are hardware addresses, such as `02:29:96:8f:6a:2d`; they become part of a request.
  public static func hardwareAddresses(in text: [UInt8]) -> [String] {
    entries(in: text).filter { entry in
      let parts = entry.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      return parts.count == 6
        && parts.allSatisfy { part in
          part.count == 2
            && part.allSatisfy { (48...57).contains($0) || (65...70).contains($0) || (97...102).contains($0) }
        }
    }
  }

  /// The entries that are addresses.
  public static func addresses(in text: [UInt8]) -> [IPAddress] { entries(in: text).compactMap { IPAddress($0) } }
}
