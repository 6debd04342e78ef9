public enum HeadwaterCommand { public static func run() async {} }
