public import Flows
public import LinuxSystem

/// A cloud whose machines can ask it about themselves.
public enum CloudProvider: String, Hashable, Sendable, CaseIterable {
  case aws, gcp, azure, tencent, aliyun

  /// Where the kernel shows what the firmware says of the machine (SMBIOS; drivers/firmware/dmi-id.c). Readable by everyone.
  public static let identityFolder = "/sys/class/dmi/id"

  /// The cloud that this machine's firmware names; nil for any other machine, at the cost of a few small files.
  ///
  /// - Parameter folder: `identityFolder`, or one like it.
  /// - Throws: if what the firmware says may not be read.
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

  /// - Parameter field: the text of a file of `identityFolder`, empty where there is none.
  static func of(_ field: (String) throws(SystemError) -> String) throws(SystemError) -> CloudProvider? {
    let vendor = try field("sys_vendor")
    switch vendor {
    case "": return nil
    case "Amazon EC2": return .aws
    // Google's laptops have the vendor, too.
    case "Google": return try field("product_name").hasPrefix("Google Compute Engine") ? .gcp : nil
    // Hyper-V anywhere has the vendor; the tag is Azure's own.
    case "Microsoft Corporation":
      return try field("chassis_asset_tag") == "7783-7084-3265-9085-8269-3286-77" ? .azure : nil
    case "Tencent Cloud": return .tencent
    case "Alibaba Cloud": return .aliyun
    // EC2's older machines: `4.11.amazon`.
    case "Xen": return try field("bios_version").hasSuffix(".amazon") ? .aws : nil
    default: return nil
    }
  }

  /// Where it answers over HTTP: link-local, so that only the machine itself is asked about.
  public var endpoint: Endpoint {
    let address: UInt32 =
      switch self {
      case .aws, .gcp, .azure: 0xA9FE_A9FE  // 169.254.169.254
      case .tencent: 0xA9FE_0017  // 169.254.0.23, which is metadata.tencentyun.com
      case .aliyun: 0x6464_64C8  // 100.100.100.200
      }
    return Endpoint(.v4(address), 80)
  }

  /// What requests call the server.
  var hostHeader: String {
    switch self {
    case .tencent: "metadata.tencentyun.com"
    case .aws, .gcp, .azure, .aliyun: "\(endpoint.address)"
    }
  }
}
