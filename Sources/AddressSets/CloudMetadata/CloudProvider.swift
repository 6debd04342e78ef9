public import Flows
public import LinuxSystem

/// A cloud with a metadata service for its machines.
public enum CloudProvider: String, Hashable, Sendable, CaseIterable {
  case aws, gcp, azure, tencent, aliyun

  /// The folder in which the kernel shows the firmware's data about the machine (SMBIOS; drivers/firmware/dmi-id.c).
  /// Everyone may read it.
  public static let identityFolder = "/sys/class/dmi/id"

  /// The cloud that this machine's firmware names; nil for any other machine. It reads a few small files.
  ///
  /// - Parameter folder: `identityFolder` or a copy of it.
  /// - Throws: if the firmware's data may not be read.
  public init?(identityIn folder: String = identityFolder) throws(SystemError) {
    let found = try Self.of { (name) throws(SystemError) in
      do throws(SystemError) {
        let bytes = try Descriptor(reading: "\(folder)/\(name)").readToEnd(limit: 256)
        return String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
      } catch  where error.errno.isAbsence { return "" }
    }
    guard let found else { return nil }
    self = found
  }

  /// - Parameter field: returns the text of a file in `identityFolder`, empty if the file does not exist.
  static func of(_ field: (String) throws(SystemError) -> String) throws(SystemError) -> CloudProvider? {
    let vendor = try field("sys_vendor")
    switch vendor {
    case "": return nil
    case "Amazon EC2": return .aws
    // Google's laptops have the same vendor.
    case "Google": return try field("product_name").hasPrefix("Google Compute Engine") ? .gcp : nil
    // Hyper-V has the same vendor everywhere; the tag is Azure's own.
    case "Microsoft Corporation":
      return try field("chassis_asset_tag") == "7783-7084-3265-9085-8269-3286-77" ? .azure : nil
    case "Tencent Cloud": return .tencent
    case "Alibaba Cloud": return .aliyun
    // Older EC2 machines: `4.11.amazon`.
    case "Xen": return try field("bios_version").hasSuffix(".amazon") ? .aws : nil
    default: return nil
    }
  }

  /// The metadata service's HTTP address. It is link-local, so it can only concern the machine itself.
  public var endpoint: Endpoint {
    let address: UInt32 =
      switch self {
      case .aws, .gcp, .azure: 0xA9FE_A9FE  // 169.254.169.254
      case .tencent: 0xA9FE_0017  // 169.254.0.23, which is metadata.tencentyun.com
      case .aliyun: 0x6464_64C8  // 100.100.100.200
      }
    return Endpoint(.v4(address), 80)
  }

  /// The value of the `Host` header.
  var hostHeader: String {
    switch self {
    case .tencent: "metadata.tencentyun.com"
    case .aws, .gcp, .azure, .aliyun: "\(endpoint.address)"
    }
  }
}
