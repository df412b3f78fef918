"""own.py OpenCV|Pillow|pyvips IN OUT: libvips's benchmark by a peer: crop 100 pixels off every edge, shrink by 10 % bilinear,
sharpen with a 3x3 kernel, save."""
import sys

peer, source, target = sys.argv[1:]
WEIGHTS = (-1, -1, -1, -1, 16, -1, -1, -1, -1)

if peer == "OpenCV":
    import cv2
    import numpy

    picture = cv2.imread(source, cv2.IMREAD_COLOR)[100:-100, 100:-100]
    picture = cv2.resize(picture, None, fx=0.9, fy=0.9, interpolation=cv2.INTER_LINEAR)
    kernel = numpy.array(WEIGHTS, numpy.float32).reshape(3, 3) / 8
    cv2.imwrite(target, cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REPLICATE),
                [cv2.IMWRITE_JPEG_QUALITY, 90])
elif peer == "pyvips":
    import pyvips

    picture = pyvips.Image.new_from_file(source, access="sequential")
    picture = picture.crop(100, 100, picture.width - 200, picture.height - 200)
    picture = picture.affine((0.9, 0, 0, 0.9), interpolate=pyvips.Interpolate.new("bilinear"))
    kernel = pyvips.Image.new_from_array([list(WEIGHTS[i:i + 3]) for i in (0, 3, 6)], scale=8)
    picture.conv(kernel, precision="integer").jpegsave(target, Q=90, strip=True, subsample_mode="on")
else:
    from PIL import Image, ImageFilter

    picture = Image.open(source)
    picture = picture.crop((100, 100, picture.width - 100, picture.height - 100))
    picture = picture.resize((round(0.9 * picture.width), round(0.9 * picture.height)), Image.Resampling.BILINEAR)
    picture.filter(ImageFilter.Kernel((3, 3), WEIGHTS, 8)).save(target, quality=90, subsampling="4:2:0")
