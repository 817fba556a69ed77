from setuptools import setup

setup(name="alone", version="1.5", py_modules=["alone"], install_requires=["beta"], entry_points={"console_scripts": ["alone=alone:main"]})
